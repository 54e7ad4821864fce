/** What each case and label came to, models side by side: a table of Dice, HD95, surface Dice and volume, with means below. */
import { t } from '@vscode/l10n';
import { mean } from '../../method/means';
import { standardDeviation } from '../../method/statistics';
import type { TableCell, TableColumn, TableContent, TableRow } from '../../protocol/table';
import { counted } from '../../words/counted';
import { millilitres } from '../../words/quantities';
import type { ReadModels } from '../readModels';
import type { CaseValues, ReportModel } from '../report';

/** What is told of a case and label by each model. */
interface Measure {
  key: string;
  title: string;
  digits: number;
  valueOf(values: CaseValues): number | 'infinite' | null | undefined;
}

/** Links lead to masks. */
export function resultsTable(
  { models, labels, surfaces, volumeUnit, remarks }: ReadModels,
  title: string,
): TableContent {
  const all = models.map(({ model }) => model);
  const measures = measuresOf(surfaces, volumeUnit);
  const columns: TableColumn[] = [
    { key: 'case', title: t('Case') },
    { key: 'label', title: t('Label') },
    ...measures.flatMap((measure) =>
      all.map(({ name }, model): TableColumn => {
        return {
          key: `${measure.key} ${model}`,
          title: all.length > 1 ? `${measure.title}, ${name}` : measure.title,
          isNumber: true,
        };
      }),
    ),
    { key: 'reference', title: t('Reference ({0})', volumeUnit), isNumber: true },
  ];
  const ids = [...new Set(all.flatMap(({ cases }) => cases.map(({ id }) => id)))];
  const rows = ids
    .flatMap((id) => labels.map(({ key, name }) => rowOf(id, key, name, all, measures)))
    .filter(hasNumbers);
  const footer = [...labels.map(({ key, name }) => meanRow(key, name, all, measures)), overallRow(all, measures)];
  return {
    title,
    text: [
      t(
        '{0}, the worst first. Below: mean ± standard deviation over the cases; a label that is in neither mask of a case does not count there.',
        counted(ids.length, 'case'),
      ),
      ...(surfaces ? [] : [t('Distances are missing: surfaces were not compared yet. Show Report does it.')]),
      ...(surfaces ? remarks : []),
    ],
    columns,
    rows,
    footer,
  };
}

function measuresOf(surfaces: ReadModels['surfaces'], volumeUnit: string): Measure[] {
  return [
    { key: 'dice', title: 'Dice', digits: 4, valueOf: ({ Dice }) => Dice },
    ...(surfaces
      ? [
          { key: 'hd95', title: `HD95 (${surfaces.unit})`, digits: 2, valueOf: ({ HD95 }: CaseValues) => HD95 },
          {
            key: 'nsd',
            title: `NSD (${surfaces.tolerance} ${surfaces.unit})`,
            digits: 4,
            valueOf: ({ NSD }: CaseValues) => NSD,
          },
        ]
      : []),
    {
      key: 'volume',
      title: t('Predicted ({0})', volumeUnit),
      digits: -1,
      valueOf: ({ volumePredicted }) => volumePredicted,
    },
  ];
}

function rowOf(
  id: string,
  key: string,
  label: string,
  models: readonly ReportModel[],
  measures: readonly Measure[],
): TableRow {
  const found = models.map(({ cases }) => cases.find((one) => one.id === id));
  const first = found.find((one) => one !== undefined)!;
  const cells: Record<string, TableCell> = {
    case: { text: id, link: first.prediction, title: t('Open {0} with its mask', id) },
    label: { text: label },
  };
  for (const [at, one] of found.entries()) {
    const values = one?.labels[key];
    if (!one || !values) continue;
    for (const measure of measures) {
      const cell = measuredCell(measure, measure.valueOf(values));
      if (!cell) continue;
      const isDice = measure.key === 'dice';
      cells[`${measure.key} ${at}`] = {
        ...cell,
        ...(isDice && { link: one.prediction, title: t('Open {0} with the mask of {1}', id, models[at]!.name) }),
      };
    }
    const { volumeReference } = values;
    if (volumeReference !== undefined)
      cells.reference ??= { text: millilitres(volumeReference), value: volumeReference };
  }
  return { id: `${id} ${key}`, cells };
}

/** A label that nobody has in this case tells nothing. */
function hasNumbers({ cells }: TableRow): boolean {
  return Object.entries(cells).some(
    ([key, { value }]) => /^(dice|hd95|nsd) /.test(key) && value !== null && value !== undefined,
  );
}

function measuredCell({ digits }: Measure, value: number | 'infinite' | null | undefined): TableCell | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'infinite') return { text: '∞', value: Number.MAX_VALUE, title: t('Found in one mask only') };
  return { text: digits < 0 ? millilitres(value) : value.toFixed(digits), value };
}

function meanRow(key: string, name: string, models: readonly ReportModel[], measures: readonly Measure[]): TableRow {
  const cells: Record<string, TableCell> = { case: { text: t('Mean') }, label: { text: name } };
  for (const [at, model] of models.entries()) {
    for (const measure of measures) {
      const values = model.cases.flatMap(({ labels }) => (labels[key] ? [measure.valueOf(labels[key])] : []));
      const cell = meanCell(measure, values, toldMean(measure, model.labels[key]));
      if (cell) cells[`${measure.key} ${at}`] = cell;
    }
  }
  return { id: `mean ${key}`, cells };
}

/** Of the means that summaries tell, those: not a sum of our own that may differ in the last digit. */
function toldMean(
  { key }: Measure,
  means: { Dice: number | null; HD95: number | null; NSD: number | null } | undefined,
) {
  return { dice: means?.Dice, hd95: means?.HD95, nsd: means?.NSD }[key];
}

function meanCell(
  { digits }: Measure,
  values: readonly (number | 'infinite' | null | undefined)[],
  told: number | null | undefined,
): TableCell | undefined {
  const finite = values.filter((value): value is number => typeof value === 'number');
  const infinite = values.filter((value) => value === 'infinite').length;
  const middle = told ?? (finite.length > 0 ? mean(finite) : undefined);
  if (middle === undefined) return undefined;
  const show = (value: number): string => (digits < 0 ? millilitres(value) : value.toFixed(digits));
  const deviation = standardDeviation(finite);
  const text = Number.isNaN(deviation) ? show(middle) : `${show(middle)} ± ${show(deviation)}`;
  const title =
    infinite > 0 ? t('Without {0} in which it was found in one mask only', counted(infinite, 'case')) : undefined;
  return { text, value: middle, ...(title !== undefined && { title }) };
}

function overallRow(models: readonly ReportModel[], measures: readonly Measure[]): TableRow {
  const cells: Record<string, TableCell> = { case: { text: t('Mean') }, label: { text: t('all labels') } };
  for (const [at, { foreground }] of models.entries()) {
    for (const measure of measures) {
      const value = toldMean(measure, foreground);
      if (value !== null && value !== undefined)
        cells[`${measure.key} ${at}`] = { text: value.toFixed(measure.digits), value };
    }
  }
  return { id: 'mean', cells };
}
