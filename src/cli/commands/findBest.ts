import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveDataset } from '../../dataset/references';
import { findBestJobs } from '../../jobs/findBest';
import type { FoundBest } from '../../jobs/results';
import { readModelDatasetJson } from '../../method/datasetJson';
import { UsageError } from '../../method/errors';
import { consideredModels, foldsOfSplit } from '../../pipeline/considered';
import { bestLines } from '../../runs/bestLines';
import { clusterOptions } from '../clusterOptions';
import type { Command } from '../command';
import { parseFolds } from '../folds';
import type { Output } from '../output';
import type { ParsedArguments } from '../parsedArguments';
import { rootsFor } from '../roots';
import { detachOption, submitPlanned } from '../submitAndFollow';
import { computeOptions, deviceOptions } from './deviceOptions';
import { configurationOption, foldsOption, modelOptions, workersOption } from './workOptions';

export const findBestCommand: Command = {
  name: 'find-best',
  summary: 'compare trained models, and each two together: which is the best',
  description:
    'Compares trained configurations, and the mean of each two, on the cases that their folds left out: the highest mean Dice wins, of equals the simpler one. Then it finds out whether keeping only the largest island of all labels, or of one, raises the Dice further.\nProbabilities that a pair is made of are computed from the checkpoints where validation has not saved them.\nThe choice is written as nnU-Net writes it: crossval_results_folds_… and ensembles/… with summary.json and postprocessing.pkl, inference_information.json and inference_instructions.txt. From then on "nnunet predict DATASET" predicts with it.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    configurationOption("what to compare (default: those of nnU-Net's own that are trained)"),
    foldsOption('folds to compare on (default: all of the split, which are 0 to 4 unless it says otherwise)'),
    ...modelOptions,
    {
      name: 'no-ensembles',
      kind: 'flag',
      description:
        'compare single models only; otherwise each pair, whose probabilities are averaged, is compared, too',
    },
    ...deviceOptions,
    workersOption(),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet find-best 4', explains: 'compares all that is trained of dataset 4' },
    { command: 'nnunet find-best 4 -c 2d 3d_fullres -f 0 1', explains: 'two configurations on two folds' },
  ],
  async run(parsed, context) {
    const roots = rootsFor(parsed);
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    const wanted = {
      configurations: parsed.list('configuration'),
      plans: parsed.list('plans'),
      trainers: parsed.list('trainer'),
    };
    const { models, untrained } = await consideredModels(dataset, wanted);
    for (const { configuration } of untrained) context.output.note(`${configuration} is not trained, and is left out.`);
    const planned = await findBestJobs({
      dataset,
      models,
      folds: foldsFrom(parsed) ?? (await foldsOfSplit(dataset)),
      ensembling: !parsed.flag('no-ensembles'),
      workers: parsed.number('workers'),
      validation: {
        ...computeOptions(parsed),
      },
    });
    const present = (result: FoundBest): Promise<void> => tellBest(result, dataset.id, context.output);
    return submitPlanned<'find-best'>({ planned, roots, parsed, present }, context);
  },
};

/** @throws UsageError `fold-all` */
export function foldsFrom(parsed: ParsedArguments): number[] | undefined {
  const words = parsed.list('folds');
  return (
    words &&
    parseFolds(words).map((fold) => {
      if (fold !== 'all') return fold;
      throw new UsageError(
        'fold-all',
        'Fold "all" can not be compared: it was trained on every case and left none out',
        {
          hint: 'Train folds 0 to 4 with "nnunet cross-validate"; a model trained on all cases predicts with -m MODEL -f all.',
        },
      );
    })
  );
}

export async function tellBest(result: FoundBest, id: number, output: Output): Promise<void> {
  const file = join(result.best.folder, 'dataset.json');
  const datasetJson = readModelDatasetJson(await readFile(file, 'utf8'), file);
  for (const line of bestLines(result, datasetJson)) output.line(line);
  output.line(`Predict with it: nnunet predict ${id} -i IMAGES -o MASKS`);
  output.result(result);
}
