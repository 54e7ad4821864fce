/** Is one of two experiments better on the same cases? Their Dice by label, the differences, and how surely these are no chance. */
import { t } from '@vscode/l10n';
import type { Roots } from '../../dataset/roots';
import type { TableCell, TableColumn, TableComparison } from '../../protocol/table';
import { counted } from '../../words/counted';
import { compareModels } from '../compareModels';
import { readModels } from '../readModels';
import type { ComparedLabel, Comparison, ReportLabel, ReportModel } from '../report';
import { experimentName } from './experimentsTable';
import type { Experiment } from './experiment';

interface ComparedExperiments {
  /** With the names of the experiments. */
  models: [ReportModel, ReportModel];
  labels: ReportLabel[];
  comparison: Comparison;
}

/** @throws EvaluationError `not-evaluated` where one has no validation */
export async function compareExperiments(
  pair: readonly [Experiment, Experiment],
  roots: Pick<Roots, 'raw' | 'preprocessed'>,
): Promise<ComparedExperiments> {
  const quiet = { progress: () => undefined, warn: () => undefined };
  const { models, labels } = await readModels({ ...quiet, models: pair.map(({ folder }) => folder), roots });
  const names = pair.map(experimentName);
  const areAlike = names[0] === names[1];
  const [first, second] = models.map(({ model }, at): ReportModel => ({
    ...model,
    name: areAlike ? pair[at]!.id : names[at]!,
  })) as [ReportModel, ReportModel];
  return { models: [first, second], labels, comparison: compareModels(first, second, labels) };
}

export function comparisonTable({ models, labels, comparison }: ComparedExperiments): TableComparison {
  const [first, second] = models;
  const columns: TableColumn[] = [
    { key: 'label', title: t('Label') },
    { key: 'cases', title: t('Cases'), isNumber: true },
    { key: 'first', title: first.name, isNumber: true },
    { key: 'second', title: second.name, isNumber: true },
    { key: 'mean', title: t('Mean difference'), isNumber: true },
    { key: 'median', title: t('Median difference'), isNumber: true },
    { key: 'p', title: 'p', isNumber: true },
  ];
  const rows = comparison.rows.map((row, at) => {
    const label = labels[at];
    const [a, b] = models.map((model) => (label ? model.labels[label.key]?.Dice : model.foreground.Dice));
    const cells: Record<string, TableCell> = {
      label: { text: label ? row.name : t('Mean of the case') },
      cases: { text: String(row.cases), value: row.cases },
      first: diceCell(a),
      second: diceCell(b),
      mean: differenceCell(row.mean),
      median: differenceCell(row.median),
      p: probabilityCell(row),
    };
    return { id: label?.key ?? 'mean', cells };
  });
  return {
    title: t('{0} beside {1}', second.name, first.name),
    text: [
      sentence(comparison),
      t("Cases that both have left out. p is that of Wilcoxon's signed-rank test, two-sided."),
    ],
    columns,
    rows,
  };
}

/** Which is better, in words. */
function sentence({ first, second, rows }: Comparison): string {
  const { cases, mean, test } = rows.at(-1)!;
  if (cases === 0 || mean === null) return t('They have no case in common: nothing can be compared.');
  const better = mean > 0 ? second : first;
  const many = counted(cases, 'case');
  if (!test) return t('On {0} both have the same Dice.', many);
  const difference = Math.abs(mean).toFixed(4);
  return test.pValue < 0.05
    ? t('On {0}, {1} has the higher Dice: {2} on average. Chance alone would seldom do that.', many, better, difference)
    : t('On {0}, {1} has the higher Dice: {2} on average. That may be chance.', many, better, difference);
}

function diceCell(value: number | null | undefined): TableCell {
  return { text: value?.toFixed(4) ?? '', value: value ?? null };
}

function differenceCell(value: number | null): TableCell {
  if (value === null) return { text: '', value: null };
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  return { text: `${sign}${Math.abs(value).toFixed(4)}`, value };
}

function probabilityCell({ test }: ComparedLabel): TableCell {
  if (!test) return { text: '', value: null };
  const { pValue, isExact, pairs } = test;
  const text = pValue < 0.0001 ? '< 0.0001' : pValue.toFixed(4);
  const how = isExact
    ? t('exact, {0} pairs that differ', pairs)
    : t('by the normal distribution, {0} pairs that differ', pairs);
  return { text, value: pValue, title: how };
}
