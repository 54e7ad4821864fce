/** Tables for other programs: RFC 4180, UTF-8. */
import type { TableContent } from '../protocol/table';
import type { Report } from './report';

const columns = [
  ...['model', 'case', 'label', 'label_key', 'Dice', 'IoU', 'TP', 'FP', 'FN', 'TN', 'n_pred', 'n_ref'],
  ...['HD95', 'ASSD', 'NSD', 'distance_unit', 'NSD_tolerance', 'volume_pred', 'volume_ref', 'volume_unit'],
  ...['prediction_file', 'reference_file'],
];

/** A row for each model, case and label: numbers with all their digits, a number that is none is an empty cell, infinity is "inf". */
export function modelsCsv({
  models,
  labels,
  surfaces,
  volumeUnit,
}: Pick<Report, 'models' | 'labels' | 'surfaces' | 'volumeUnit'>): string {
  const rows = models.flatMap(({ name: model, cases }) =>
    cases.flatMap(({ id, labels: byKey, prediction, reference }) =>
      labels.flatMap(({ key, name }) => {
        const values = byKey[key];
        if (!values) return [];
        const { Dice, IoU, TP, FP, FN, TN, n_pred, n_ref, HD95, ASSD, NSD } = values;
        const { volumePredicted, volumeReference } = values;
        const measured = [...[Dice, IoU, TP, FP, FN, TN, n_pred, n_ref, HD95, ASSD, NSD], surfaces?.unit];
        const sizes = [surfaces?.tolerance, volumePredicted, volumeReference, volumeUnit];
        return [[model, id, name, key, ...measured, ...sizes, prediction, reference]];
      }),
    ),
  );
  return csv([columns, ...rows]);
}

/** All columns of a table as it is shown, also those that a page hides at first. */
export function csvText({ columns, rows, footer = [] }: Pick<TableContent, 'columns' | 'rows' | 'footer'>): string {
  const heads = columns.map(({ title }) => title);
  return csv([heads, ...[...rows, ...footer].map(({ cells }) => columns.map(({ key }) => cells[key]?.text))]);
}

export function csv(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | null | undefined): string {
  if (value === 'infinite') return 'inf';
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
