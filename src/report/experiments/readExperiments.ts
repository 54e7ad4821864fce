/** Which trainings are there of a dataset, what did each ask for, and what came of it? */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { DatasetReference } from '../../dataset/references';
import { foldPaths, listFolds, listModels, modelPaths, type ModelFolder } from '../../dataset/results';
import { JobLog } from '../../jobs/jobLog';
import { secondsTrained } from '../../jobs/jobSummary';
import { readRecord, type RunRecord } from '../../jobs/runFolder';
import { statusFrom, type RunStatus } from '../../jobs/status';
import { NnunetError } from '../../method/errors';
import { readSummary } from '../../method/evaluation';
import { mean } from '../../method/means';
import { standardDeviation } from '../../method/statistics';
import { modelOf } from '../../pipeline/modelFolder';
import { trainingCost } from '../../pipeline/trainingCost';
import { mapConcurrently } from '../../storage/mapConcurrently';
import type { Experiment, TrainedFold } from './experiment';
import { optionsOf } from './trainingOptions';

export interface LearnedFold {
  status?: RunStatus;
  /** Of all epochs. */
  seconds: number;
}

/** How the training in a fold folder does. */
type Learn = (foldFolder: string) => Promise<LearnedFold>;

/** Those with at least one fold that was begun; folders that were set aside by newer trainings are experiments of their own. */
export async function readExperiments(
  { results }: Pick<DatasetReference, 'results'>,
  learn: Learn = learnFromLog,
): Promise<Experiment[]> {
  const models = await listModels(results);
  const found: Found[] = [];
  for (const model of models) {
    found.push({ model });
    for (const { folder } of model.folds) found.push(...(await earlierRuns(model, folder)));
  }
  const experiments = await mapConcurrently(found, 4, (one) => experimentOf(one, results, learn));
  return experiments.filter(({ folds }) => folds.length > 0);
}

interface Found {
  model: ModelFolder;
  setAside?: string;
}

/** earlier_runs/TIME of a fold folder: a model folder with that fold. */
async function earlierRuns(model: ModelFolder, foldFolder: string): Promise<Found[]> {
  const parent = join(foldFolder, 'earlier_runs');
  const names = await readdir(parent).catch(() => [] as string[]);
  return Promise.all(
    names.sort().map(async (name) => {
      const folder = join(parent, name);
      return { model: { ...model, folder, folds: await listFolds(folder) }, setAside: name };
    }),
  );
}

async function experimentOf({ model, setAside }: Found, results: string, learn: Learn): Promise<Experiment> {
  const { trainer, plans, configuration, folder } = model;
  const folds: TrainedFold[] = [];
  const records: RunRecord[] = [];
  for (const { fold, folder: foldFolder } of model.folds) {
    const { status, seconds } = await learn(foldFolder);
    const dice = await diceOf(foldFolder);
    // Of a model that came without its trainings, a validation may be all there is.
    if (!status && dice === undefined) continue;
    const record = recordOf(foldFolder);
    if (record) records.push(record);
    folds.push({
      ...{ fold: String(fold), folder: foldFolder, seconds },
      ...(status && { state: status.state }),
      ...(status?.epoch !== undefined && { epochs: status.epoch }),
      ...(dice !== undefined && { dice }),
    });
  }
  const scores = folds.flatMap(({ dice }) => dice ?? []);
  const started = records
    .map(({ startTime }) => startTime)
    .sort()
    .at(-1);
  return {
    id: relative(results, folder).split(sep).join('/'),
    ...{ folder, trainer, plans, configuration, folds },
    ...(setAside !== undefined && { setAside }),
    ...(await plannedFacts(model, records)),
    ...(scores.length > 0 && { meanDice: mean(scores) }),
    ...(scores.length > 1 && { deviation: standardDeviation(scores) }),
    seconds: folds.reduce((sum, { seconds }) => sum + seconds, 0),
    ...(started !== undefined && { started }),
  };
}

type PlannedFacts = Pick<Experiment, 'options' | 'memoryBytes' | 'gpuGigabytes'>;

/** What can't be read is left out: the list is for looking, not for training. */
async function plannedFacts(
  { folder, configuration }: ModelFolder,
  records: readonly RunRecord[],
): Promise<PlannedFacts> {
  try {
    const model = await modelOf(folder, modelPaths(folder), configuration);
    const { memoryBytes, gpuGigabytes } = trainingCost(model.plans, model, 1);
    return {
      options: optionsOf(records, model.configuration),
      memoryBytes,
      ...(gpuGigabytes !== undefined && { gpuGigabytes }),
    };
  } catch (error) {
    if (!(error instanceof NnunetError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    return { options: optionsOf(records) };
  }
}

function recordOf(foldFolder: string): RunRecord | undefined {
  try {
    return readRecord(foldFolder);
  } catch {
    return undefined; // Damaged: the view of jobs says so.
  }
}

async function diceOf(foldFolder: string): Promise<number | undefined> {
  const { summary: file } = foldPaths(foldFolder);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { Dice } = readSummary(text, file).foreground_mean;
    return Number.isFinite(Dice) ? Dice : undefined;
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}

/** The whole log at once. */
function learnFromLog(foldFolder: string): Promise<LearnedFold> {
  const log = new JobLog(foldFolder);
  do log.read();
  while (log.hasMore);
  const status = statusFrom(foldFolder, log.summary.progress);
  return Promise.resolve({ ...(status && { status }), seconds: secondsTrained(log.summary) });
}
