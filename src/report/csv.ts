/** The report as a table for other programs: a row for each model, case and label. */
import type { Report } from './report';

const columns = [
  ...['model', 'case', 'label', 'label_key', 'Dice', 'IoU', 'TP', 'FP', 'FN', 'TN', 'n_pred', 'n_ref'],
  ...['HD95', 'ASSD', 'NSD', 'distance_unit', 'NSD_tolerance', 'volume_pred', 'volume_ref', 'volume_unit'],
  ...['prediction_file', 'reference_file'],
];

/** RFC 4180, UTF-8; numbers with all their digits, a number that is none is an empty cell, infinity is "inf". */
export function reportCsv({ models, labels, surfaces, volumeUnit }: Report): string {
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
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | null | undefined): string {
  if (value === 'infinite') return 'inf';
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
