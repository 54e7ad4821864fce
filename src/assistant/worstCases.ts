/** What is an assistant told of how good a model is? Dice of each label, and the cases where it is worst. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { foldPaths, modelPaths } from '../dataset/results';
import { counted } from '../method/counted';
import { readModelDatasetJson } from '../method/datasetJson';
import { EvaluationError } from '../method/errors';
import { labelOrRegionKey, LabelManager } from '../method/labels';
import { readScoredCases } from '../pipeline/scoredCases';
import { exists } from '../storage/exists';
import type { Answer, Call } from './call';
import { foldFolderOf, titleOf, type TrainingReference } from './trainings';

export async function worstCases(call: Call, reference: TrainingReference & { count?: number }): Promise<Answer> {
  const dataset = await call.dataset(reference.dataset);
  const fold = await foldFolderOf(dataset, reference);
  const { validation, summary: file } = foldPaths(fold);
  if (!(await exists(file))) {
    throw new EvaluationError('not-validated', `${titleOf(dataset, reference)} is not validated yet`, {
      hint: 'A training validates at its end; the fold "all" leaves no case for it.',
    });
  }
  await call.folder(validation);
  const { summary, cases } = await readScoredCases(validation);
  const titles = await titlesOfClasses(dirname(fold));
  call.names.keep([...titles.values()]);
  const shown = cases.slice(0, reference.count ?? 5).map(({ id, meanDice, dice }) => ({
    case: call.names.case(id),
    meanDice: rounded(meanDice),
    dice: perClass(dice, titles),
  }));
  const labels = perClass(
    Object.fromEntries(Object.entries(summary.mean).map(([key, { Dice }]) => [key, Dice])),
    titles,
  );
  const mean = rounded(summary.foreground_mean.Dice);
  return {
    text: [
      `${titleOf(dataset, reference)}: mean Dice ${mean ?? 'unknown'} over ${counted(cases.length, 'validation case')}.`,
      `By label: ${labels.map(({ label, dice }) => `${label} ${dice ?? 'in no case'}`).join(', ')}.`,
      'Worst cases:',
      ...shown.map(
        ({ case: id, meanDice, dice }) =>
          `${id}: ${meanDice ?? 'no foreground'} (${dice.map((one) => `${one.label} ${one.dice ?? '-'}`).join(', ')})`,
      ),
    ].join('\n'),
    data: { meanDice: mean, cases: cases.length, labels, worst: shown },
  };
}

/** By the key that summary.json has for a label or region. */
async function titlesOfClasses(modelFolder: string): Promise<Map<string, string>> {
  const { datasetJson: file } = modelPaths(modelFolder);
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
