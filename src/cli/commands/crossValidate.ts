import { preprocessedPaths } from '../../dataset/preprocessed';
import { resolveDataset, type DatasetReference } from '../../dataset/references';
import { bestModelJobs } from '../../jobs/bestModelJobs';
import type { CrossValidationQuestion } from '../../jobs/missingTrainings';
import type { FoundBest } from '../../jobs/results';
import { JobStore } from '../../jobs/store';
import { comparableConfigurations, foldsOfSplit } from '../../pipeline/considered';
import { defaultPlansName, plannerOf } from '../../pipeline/plan';
import { requireConfiguration } from '../../pipeline/requireConfiguration';
import { costLines } from '../../runs/crossValidationCost';
import { configurationCosts, expectedCost } from '../../runs/expectedCost';
import { exists } from '../../storage/exists';
import { clusterOptions, launcherFrom } from '../clusterOptions';
import type { Command, CommandContext } from '../command';
import type { ParsedArguments } from '../parsedArguments';
import { rootsFor } from '../roots';
import { detachOption, submitAndFollow } from '../submitAndFollow';
import { trainAndFollow } from '../trainAndFollow';
import { computeOptions, deviceOptions } from './deviceOptions';
import { foldsFrom, tellBest } from './findBest';
import { classNames } from './train';
import { configurationOption, foldsOption, plansOption, workersOption } from './workOptions';
import { lengthOptions, requireOneLength, seedOption } from './lengthOptions';

export const crossValidateCommand: Command = {
  name: 'cross-validate',
  summary: 'train what is missing of all folds, then find the best model',
  description:
    'Says what it will cost, trains every fold of every planned configuration that is not trained yet (a cascade in order, stopped trainings from where they were), and then compares them as "nnunet find-best" does. Each training is a job of its own; what is done stays done, and the same command goes on where it was stopped.\nA budget is shared out evenly over what has to be trained. Without --budget or --epochs each training has the 1000 epochs of nnU-Net, which takes days without a GPU.',
  arguments: [{ name: 'DATASET', description: 'folder, number or name' }],
  options: [
    configurationOption(
      'what to train and compare (default: 2d, 3d_fullres, 3d_lowres and 3d_cascade_fullres, as far as they are planned)',
    ),
    foldsOption('folds to train and compare on (default: all of the split, which are 0 to 4 unless it says otherwise)'),
    ...lengthOptions({
      epochs: 'length of each training',
      budget: 'all trainings together, e.g. 8h',
      shortly: 'budgets under two hours a training',
    }),
    plansOption,
    { name: 'no-ensembles', kind: 'flag', description: 'compare single models only, not the mean of each two' },
    { name: 'dry-run', kind: 'flag', description: 'only say what is missing and what it will cost' },
    ...deviceOptions,
    seedOption('a random one for each training'),
    workersOption('cases at a time where no network runs'),
    ...clusterOptions,
    detachOption,
  ],
  examples: [
    { command: 'nnunet cross-validate 4 --budget 8h', explains: 'the best model that a night gives' },
    { command: 'nnunet cross-validate 4 -c 2d 3d_fullres --dry-run', explains: 'what is missing, and what it costs' },
  ],
  async run(parsed, context) {
    requireOneLength(parsed);
    const roots = rootsFor(parsed);
    const where = launcherFrom(parsed);
    const dataset = await resolveDataset(parsed.positionals[0]!, roots);
    const plans = parsed.text('plans') ?? defaultPlansName;
    for (const configuration of parsed.list('configuration') ?? [])
      await requireConfiguration(dataset, plans, configuration);
    if (!parsed.flag('dry-run')) await planFirst(dataset, plans, parsed, context);
    const question = await questionFrom(parsed, dataset, plans);
    const earlier = JobStore.read(dataset.results).then(({ trainings }) => trainings);
    const { cost, requests } = await expectedCost(question, await configurationCosts(question, earlier));
    for (const line of costLines(cost)) context.output.line(line);
    if (parsed.flag('dry-run')) return context.output.result(cost);
    const ensembling = !parsed.flag('no-ensembles');
    const { trainings, rest } = await bestModelJobs({ ...question, ensembling }, requests, roots, where);
    return trainAndFollow<'find-best'>(
      {
        resultsRoot: roots.results,
        trainings,
        rest,
        classNames: await classNames(dataset),
        parsed,
        present: (result: FoundBest) => tellBest(result, dataset.id, context.output),
      },
      context,
    );
  },
};

/** Which configurations there are is known only then. */
async function planFirst(
  dataset: DatasetReference,
  plans: string,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<void> {
  const planner = plannerOf(plans);
  if (!planner || !dataset.exists.raw) return;
  if (await exists(preprocessedPaths(dataset.preprocessed).plans(plans))) return;
  const { folderName, raw, preprocessed, results } = dataset;
  const request = {
    dataset: folderName,
    folders: { raw, preprocessed, results },
    planner,
    workers: parsed.number('workers'),
  };
  const planned = { kind: 'plan', request, roots: rootsFor(parsed), parsed, present: () => undefined } as const;
  await submitAndFollow<'plan'>({ ...planned, isAttached: true }, context);
}

async function questionFrom(
  parsed: ParsedArguments,
  dataset: DatasetReference,
  plans: string,
): Promise<CrossValidationQuestion> {
  return {
    dataset,
    configurations: parsed.list('configuration') ?? (await comparableConfigurations(dataset, plans)),
    folds: foldsFrom(parsed) ?? (await foldsOfSplit(dataset)),
    plans,
    budgetSeconds: parsed.number('budget'),
    options: {
      epochs: parsed.number('epochs'),
      iterationsPerEpoch: parsed.number('iterations-per-epoch'),
      ...computeOptions(parsed),
      seed: parsed.number('seed'),
      workers: parsed.number('workers'),
    },
  };
}
