/** What a chart's plot is given: its columns, the limits of its axes, and their numbers as text. Pure. */
import { t } from '@vscode/l10n';
import type uPlot from 'uplot';
import type { Chart, Line } from './series';

/** All lines over one column of epochs or iterations, counted from 1; null where a line has no value. */
export function aligned({ unit, lines }: Chart): uPlot.AlignedData {
  const numbers =
    unit === 'epoch' ? allEpochs(lines) : [...new Set(lines.flatMap(({ epoch }) => [...epoch]))].sort((a, b) => a - b);
  const rowOf = new Map(numbers.map((number, row) => [number, row]));
  const columns = lines.map(({ epoch, drawn }) => {
    const column = new Array<number | null>(numbers.length).fill(null);
    drawn.forEach((value, row) => {
      if (Number.isFinite(value)) column[rowOf.get(epoch[row]!)!] = value;
    });
    return column;
  });
  return [numbers.map((number) => number + 1), ...columns];
}

/** From the first that there can be, counted from 0: what is missing is a gap. */
function allEpochs(lines: readonly Line[]): number[] {
  const last = lines.reduce((high, { epoch }) => Math.max(high, epoch.at(-1) ?? -1), -1);
  return Array.from({ length: last + 1 }, (_, index) => index);
}

/** What the numbers under a chart count. */
export function axisName({ unit }: Chart): string {
  return unit === 'iteration' ? t('Iteration') : t('Epoch');
}

/** First and last iteration, counted from 1: they are none of the epochs that the other charts share. */
export function ownRange({ unit, lines }: Chart): [number, number] | undefined {
  if (unit === 'epoch') return undefined;
  const last = lines.reduce((high, { epoch }) => Math.max(high, (epoch.at(-1) ?? 0) + 1), 2);
  return [1, last];
}

/** What stands where there is nothing to draw yet. */
export function waitingText({ id, lines }: Chart): string {
  if (lines.some(({ epoch }) => epoch.length > 0)) return '';
  return id === 'loss' ? t('Drawn from the first iteration on') : t('Drawn once the first epoch is finished');
}

export const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

export function linearRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  // A Dice of 0 from beginning to end is no number between -0.5 and 0.5.
  if (low === 0 && high === 0) return [0, 1];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.05 || 0.5;
  return [low - margin, high + margin];
}

/** Limits at 1, 2 or 5 times a power of ten, so that the axis begins and ends at a number that can be read. */
export function logRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || low <= 0) return [0.1, 1];
  const steps = (value: number): number[] =>
    [1, 2, 5, 10].map((factor) => factor * 10 ** Math.floor(Math.log10(value)));
  return [steps(low).findLast((step) => step <= low)!, steps(high).find((step) => step >= high)!];
}

/** Numbers beside one axis, all written alike: "0.0008" and "0.0010", not "8e-4" and "0.001"; null where no text has room. */
export function axisTexts(values: readonly (number | null)[]): string[] {
  const decimals = Math.max(0, ...values.map((value) => decimalsOf(value ?? 0)));
  const write = (value: number): string =>
    decimals > mostDecimals ? Number(value.toPrecision(3)).toExponential() : value.toFixed(decimals);
  return values.map((value) =>
    value === null ? '' : value === 0 ? '0' : write(value).replaceAll('-', '−').replace('+', ''),
  );
}

const mostDecimals = 4;

/** Of a number that is round but for the errors of adding steps. */
function decimalsOf(value: number): number {
  const [digits = '', exponent = '0'] = Number(value.toPrecision(6)).toExponential().split('e');
  return Math.max(0, digits.replace(/^-?\d\.?/, '').length - Number(exponent));
}
