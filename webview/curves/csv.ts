/** Writes the numbers of the shown runs as a table for spreadsheets and scripts. Pure. */
import { t } from '@vscode/l10n';
import type { ShownRun } from './series';

/** One line per run and epoch; what is missing or not a number is left empty. */
export function curvesCsv(shown: readonly ShownRun[]): string {
  const classNames = [...new Set(shown.flatMap((one) => one.columns.dice.map((_, index) => className(one, index))))];
  const header = [
    'run',
    'epoch',
    'nnunet_epoch',
    'train_loss',
    'validation_loss',
    'mean_pseudo_dice',
    'ema_pseudo_dice',
    'learning_rate',
    'seconds',
    ...classNames.map((name) => `pseudo_dice ${name}`),
  ];
  const lines = shown.flatMap((one) => {
    const { columns, run } = one;
    const classColumns = classNames.map((name) => columns.dice.find((_, index) => className(one, index) === name));
    return Array.from(columns.epoch, (epoch, row) =>
      [
        cell(run.name),
        epoch + 1,
        epoch,
        ...[
          columns.trainLoss,
          columns.valLoss,
          columns.meanDice,
          columns.emaDice,
          columns.learningRate,
          columns.seconds,
        ]
          .concat(classColumns.map((column) => column ?? new Float64Array()))
          .map((column) => number(column[row])),
      ].join(','),
    );
  });
  return `${[header.map(cell).join(','), ...lines].join('\r\n')}\r\n`;
}

function className(one: ShownRun, index: number): string {
  return one.run.classNames[index] ?? t('class {0}', index + 1);
}

function number(value: number | undefined): string {
  return value !== undefined && Number.isFinite(value) ? String(value) : '';
}

/** Quoted where needed; a leading = + - @ would be run as a formula by a spreadsheet. */
function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
