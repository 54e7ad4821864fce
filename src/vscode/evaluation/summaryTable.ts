/** What a summary.json says, as tables for reading: a row for each label, and one for each case, the worst first. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import { parseFoldFolderName, parseModelFolderName } from '../../dataset/results';
import { counted } from '../../words/counted';
import { parseLabelOrRegionKey } from '../../method/labels';
import { foldTitle } from '../../runs/describe';
import { diceText } from '../explorer/present';
import type { ScoredCase } from '../../pipeline/scoredCases';
import { datasetNameOf } from './scoredDataset';

export interface SummaryTable {
  dataset: string | undefined;
  /** What was evaluated: "2d, fold 0: validation". */
  title: string;
  text: string;
  labels: LabelRow[];
  cases: CaseRow[];
}

export interface LabelRow {
  name: string;
  mean: string;
  median: string;
  lowest: string;
  /** Cases that have it in the reference or the prediction. */
  cases: string;
}

export interface CaseRow {
  id: string;
  mean: string;
  /** One for each label. */
  dice: string[];
}

/**
 * @param cases  the worst first
 * @param names  of the classes, by their keys in summary.json
 */
export function summaryTable(
  folder: string,
  cases: readonly ScoredCase[],
  names: Readonly<Record<string, string>>,
): SummaryTable {
  const keys = [...new Set(cases.flatMap(({ dice }) => Object.keys(dice)))].filter((key) => key !== '0').sort(byNumber);
  const labels = keys.map((key) => labelRow(names[key] ?? unnamed(key), cases, key));
  const means = present(cases.map(({ meanDice }) => meanDice));
  return {
    dataset: datasetNameOf(folder, cases[0]),
    title: titleOf(folder),
    text: t(
      '{0}, mean Dice {1}, median {2}. A label that is in neither mask of a case does not count there.',
      counted(cases.length, 'case'),
      diceText(mean(means)),
      diceText(median(means)),
    ),
    labels,
    cases: cases.map(({ id, meanDice, dice }) => ({
      id,
      mean: diceText(meanDice),
      dice: keys.map((key) => diceText(dice[key] ?? NaN)),
    })),
  };
}

function labelRow(name: string, cases: readonly ScoredCase[], key: string): LabelRow {
  const values = present(cases.map(({ dice }) => dice[key] ?? NaN));
  return {
    name,
    mean: diceText(mean(values)),
    median: diceText(median(values)),
    lowest: diceText(values.length > 0 ? Math.min(...values) : NaN),
    cases: String(values.length),
  };
}

/** "2d, fold 0: validation" where the folder is one of a training's. */
function titleOf(folder: string): string {
  const fold = parseFoldFolderName(basename(dirname(folder)));
  const model = parseModelFolderName(basename(dirname(dirname(folder))));
  if (basename(folder) !== 'validation' || fold === undefined || !model) return basename(folder);
  return t('{0}, {1}: validation', model.configuration, foldTitle(fold));
}

function unnamed(key: string): string {
  const values = [parseLabelOrRegionKey(key) ?? key].flat();
  return values.length > 1 ? t('labels {0}', values.join(', ')) : t('label {0}', values.join(', '));
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function present(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

function mean(values: readonly number[]): number {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : mean(sorted.slice(middle - 1, middle + 1));
}
