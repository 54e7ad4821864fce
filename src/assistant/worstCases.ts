/** What is an assistant told of how good a model is? Dice of each label, and the cases where it is worst. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rawPaths } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { foldPaths, modelPaths } from '../dataset/results';
import { counted } from '../words/counted';
import { readModelDatasetJson } from '../method/datasetJson';
import { EvaluationError, UsageError } from '../method/errors';
import { labelOrRegionKey, LabelManager } from '../method/labels';
import { readScoredCases } from '../pipeline/scoredCases';
import { exists } from '../storage/exists';
import type { Answer, Call } from './call';
import { foldOf, folderOf } from './commonInputs';
import { foldFolderOf, titleOf, type TrainingReference } from './trainings';

interface WorstCasesInput extends Partial<Omit<TrainingReference, 'dataset' | 'fold'>> {
  dataset: string;
  fold?: string;
  predictions?: string;
  count?: number;
}

export async function worstCases(call: Call, { count = 5, ...input }: WorstCasesInput): Promise<Answer> {
  const dataset = await call.dataset(input.dataset);
  const { folder, title, datasetJson } = await evaluated(call, dataset, input);
  const { summary, cases } = await readScoredCases(folder);
  const titles = await titlesOfClasses(datasetJson);
  call.names.keep([...titles.values()]);
  const shown = cases.slice(0, count).map(({ id, meanDice, dice }) => ({
    case: call.names.case(id),
    meanDice: rounded(meanDice),
    dice: perClass(dice, titles),
  }));
  const labels = perClass(
    Object.fromEntries(Object.entries(summary.mean).map(([key, { Dice }]) => [key, Dice])),
    titles,
  );
  const mean = rounded(summary.foreground_mean.Dice);
  const inWords = (dice: ReturnType<typeof perClass>): string =>
    dice.map(({ label, dice: value }) => `${label} ${value ?? 'in no case'}`).join(', ');
  return {
    text: [
      `${title}: mean Dice ${mean ?? 'unknown'} over ${counted(cases.length, 'case')}.`,
      `By label: ${inWords(labels)}.`,
      'Worst cases:',
      ...shown.map(({ case: id, meanDice, dice }) => `${id}: ${meanDice ?? 'no foreground'} (${inWords(dice)})`),
    ].join('\n'),
    data: { meanDice: mean, cases: cases.length, labels, worst: shown },
  };
}

interface Evaluated {
  /** With its summary.json. */
  folder: string;
  title: string;
  datasetJson: string;
}

/** @throws EvaluationError `not-validated`, `not-evaluated`; UsageError `nothing-named` */
async function evaluated(
  call: Call,
  dataset: DatasetReference,
  { configuration, fold, predictions, plans, trainer }: WorstCasesInput,
): Promise<Evaluated> {
  if (predictions !== undefined) {
    const folder = await folderOf(predictions);
    await call.folder(folder);
    const summary = join(folder, 'summary.json');
    if (!(await exists(summary))) {
      throw new EvaluationError('not-evaluated', 'These predictions are not evaluated yet', {
        where: summary,
        hint: 'Start their evaluation first.',
      });
    }
    return { folder, title: `Predictions of ${dataset.folderName}`, datasetJson: rawPaths(dataset.raw).datasetJson };
  }
  if (configuration === undefined || fold === undefined) {
    throw new UsageError('nothing-named', 'Neither a trained fold nor a folder of predictions is named', {
      hint: 'Give configuration and fold, or predictions.',
    });
  }
  const reference = { dataset: dataset.folderName, configuration, fold: foldOf(fold), plans, trainer };
  const trained = await foldFolderOf(dataset, reference);
  const { validation, summary } = foldPaths(trained);
  if (!(await exists(summary))) {
    throw new EvaluationError('not-validated', `${titleOf(dataset, reference)} is not validated yet`, {
      hint: 'A training validates at its end; the fold "all" leaves no case for it.',
    });
  }
  await call.folder(validation);
  const title = `Validation of ${titleOf(dataset, reference)}`;
  return { folder: validation, title, datasetJson: modelPaths(dirname(trained)).datasetJson };
}

/** By the key that summary.json has for a label or region. */
async function titlesOfClasses(file: string): Promise<Map<string, string>> {
  if (!(await exists(file))) return new Map();
  const labels = new LabelManager(readModelDatasetJson(await readFile(file, 'utf8'), file, 'evaluation'));
  return new Map(labels.foreground.map((entry, at) => [labelOrRegionKey(entry), labels.foregroundNames[at]!]));
}

function perClass(dice: Record<string, number>, titles: ReadonlyMap<string, string>) {
  return Object.entries(dice)
    .filter(([key]) => key !== '0')
    .map(([key, value]) => ({ label: titles.get(key) ?? `label ${key}`, dice: rounded(value) }));
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toFixed(4)) : null;
}
