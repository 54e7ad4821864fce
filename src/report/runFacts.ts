/** How a model came to be: what its plans, its training and its predictions say about themselves. */
import { dirname, join } from 'node:path';
import { readPredictionRecord, modelText } from '../dataset/predictionRecord';
import { JobLog } from '../jobs/jobLog';
import { secondsTrained } from '../jobs/jobSummary';
import { readRecord } from '../jobs/runFolder';
import { readModel } from '../pipeline/modelFolder';
import type { EvaluatedFolder } from './evaluatedPlace';

type Facts = [name: string, value: string][];

/** What can't be read is left out: a report is made of what there is. */
export async function runFacts(folders: readonly EvaluatedFolder[]): Promise<Facts> {
  const [first] = folders;
  if (!first) return [];
  if (first.fold === undefined) return factsOfPredictions(first.folder);
  return [
    ...(await factsOfPlans(dirname(first.fold)).catch(() => [])),
    ...folders.flatMap(({ fold }) => (fold === undefined ? [] : factsOfTraining(fold, folders.length > 1))),
  ];
}

async function factsOfPlans(modelFolder: string): Promise<Facts> {
  const { plans, configurationName, configuration } = await readModel(modelFolder);
  const { patch_size: patch, spacing, batch_size: batch } = configuration;
  return [
    ['Plans', `${plans.plans_name}, ${configurationName}`],
    ['Patch', `${patch.join(' x ')} voxels, ${batch} at a time`],
    ['Spacing', `${spacing.map((mm) => Number(mm.toPrecision(4))).join(' x ')} mm`],
  ];
}

function factsOfTraining(fold: string, isOneOfSeveral: boolean): Facts {
  const prefix = isOneOfSeveral ? `${fold.slice(fold.lastIndexOf('fold_')).replace('_', ' ')}: ` : '';
  try {
    const record = readRecord(fold);
    const log = new JobLog(fold);
    do log.read();
    while (log.hasMore);
    const seconds = secondsTrained(log.summary);
    const { epochSeconds } = log.summary;
    const facts: (readonly [string, string | undefined])[] = [
      ['Trained', record?.startTime.slice(0, 10)],
      ['On', record && [record.host, record.options.device].join(', ')],
      ['Epochs', epochSeconds.length > 0 ? String(epochSeconds.length) : undefined],
      ['Seconds of training', seconds > 0 ? seconds.toFixed(1) : undefined],
      [
        'Energy of the processors',
        record?.energyJoules === undefined ? undefined : `${(record.energyJoules / 3600).toPrecision(3)} Wh`,
      ],
      ['Seed', record?.seed === undefined ? undefined : String(record.seed)],
      [
        'Versions',
        record &&
          Object.entries(record.versions)
            .map((one) => one.join(' '))
            .join(', '),
      ],
    ];
    return facts.flatMap(([name, value]): Facts => (value ? [[prefix + name, value]] : []));
  } catch {
    return [];
  }
}

async function factsOfPredictions(folder: string): Promise<Facts> {
  const record = await readPredictionRecord(folder);
  const model = modelText(record);
  return [
    ['Masks', join(folder)],
    ...(model === undefined ? [] : ([['Model', model]] as Facts)),
    ...(record.time === undefined ? [] : ([['Predicted', record.time.slice(0, 10)]] as Facts)),
  ];
}
