/** Charts of measurements: box plots, the plot of Bland and Altman, histograms. */
import type { Agreement, BoxPlot } from '../method/statistics';
import { threeDigits } from '../words/quantities';
import { dot, drawing, group, line, rectangle, text } from './svg';

interface BoxRow {
  name: string;
  /** One for each model; undefined where there is nothing to draw. */
  boxes: (BoxPlot | undefined)[];
}

const width = 640;
const left = 150;
const right = 30;
const barHeight = 14;
const gap = 10;
/** Below the plot: the numbers of its axis. */
const axisHeight = 24;

/** @param range  of the axis; absent: of the values, from 0 */
export function boxPlots(rows: readonly BoxRow[], title: string, range?: [number, number]): string {
  const boxes = rows.flatMap((row) => row.boxes.filter((box) => box !== undefined));
  if (boxes.length === 0) return '';
  const values = boxes.flatMap((box) => [box.lowerWhisker, box.upperWhisker, ...box.outliers]);
  const ticks = roundTicks(range?.[0] ?? Math.min(0, ...values), range?.[1] ?? Math.max(...values, 1e-9));
  const [low, high] = range ?? [ticks[0]!, ticks.at(-1)!];
  const x = scale([low, high], [left, width - right]);
  let y = gap;
  const parts: string[] = [];
  for (const { name, boxes: ofModels } of rows) {
    const rowHeight = ofModels.length * (barHeight + 4);
    parts.push(text(left - 8, y + rowHeight / 2 + 2, name, 'end'));
    for (const [model, box] of ofModels.entries()) {
      if (box) parts.push(drawnBox(box, x, y + model * (barHeight + 4), model));
    }
    y += rowHeight + gap;
  }
  return drawing(title, [width, y + axisHeight], [...axis(ticks, x, y), ...parts]);
}

function drawnBox(box: BoxPlot, x: (value: number) => number, y: number, model: number): string {
  const middle = y + barHeight / 2;
  const [from, to] = [x(box.lowerQuartile), x(box.upperQuartile)];
  const median = x(box.median);
  return group(`model${model % colours}`, [
    line(x(box.lowerWhisker), middle, x(box.upperWhisker), middle),
    rectangle(from, y, Math.max(1, to - from), barHeight),
    line(median, y, median, y + barHeight, 'middle'),
    ...box.outliers.map((value) => dot(x(value), middle, 2.5)),
  ]);
}

interface VolumePoint {
  model: number;
  predicted: number;
  reference: number;
}

/** Difference over mean of two measurements of the same, with the bias and the limits of agreement of each model. */
export function blandAltman(
  points: readonly VolumePoint[],
  agreements: readonly (Agreement | undefined)[],
  title: string,
  unit: string,
): string {
  if (points.length === 0) return '';
  const height = 260;
  const [means, differences] = [
    points.map(({ predicted, reference }) => (predicted + reference) / 2),
    points.map(({ predicted, reference }) => predicted - reference),
  ];
  const limits = agreements.flatMap((one) => (one ? [one.lower, one.upper] : []));
  const [across, along] = [roundTicks(...spread([...differences, ...limits, 0])), roundTicks(...spread(means))];
  const x = scale(ends(along), [left, width - right]);
  const y = scale(ends(across), [height - gap, gap]);
  const lines = agreements.flatMap((one, model) =>
    one
      ? group(`model${model % colours}`, [
          line(left, y(one.bias), width - right, y(one.bias)),
          line(left, y(one.lower), width - right, y(one.lower), 'limit'),
          line(left, y(one.upper), width - right, y(one.upper), 'limit'),
        ])
      : [],
  );
  const marks = points.map(({ model }, at) => {
    return dot(x(means[at]!), y(differences[at]!), 3, `model${model % colours}`);
  });
  const sides = across.flatMap((value) => [
    line(left, y(value), width - right, y(value), value === 0 ? 'zero' : 'grid'),
    text(left - 8, y(value) + 4, `${signed(value)} ${unit}`, 'end'),
  ]);
  return drawing(title, [width, height + axisHeight], [...sides, ...axis(along, x, height, unit), ...lines, ...marks]);
}

/** @param counts  of values in equal steps from `low` to `high`. @param marks  values with a line through the whole height */
export function histogram(
  { low, high, counts }: { low: number; high: number; counts: readonly number[] },
  title: string,
  marks: readonly number[] = [],
): string {
  const [height, most] = [90, Math.max(1, ...counts)];
  const x = scale([low, high > low ? high : low + 1], [left, width - right]);
  const step = (width - right - left) / Math.max(1, counts.length);
  const bars = counts.map((count, at) => {
    const tall = (count / most) * (height - gap);
    return rectangle(left + at * step, height - tall, Math.max(0.5, step - 1), tall);
  });
  const limits = marks.map((value) => line(x(value), 0, x(value), height, 'limit'));
  const ticks = roundTicks(low, high).filter((value) => value >= low && value <= high);
  return drawing(title, [width, height + axisHeight], [...axis(ticks, x, height), group('model0', bars), ...limits]);
}

/** So many have a colour of their own; more begin again. */
export const colours = 6;

/** From numbers to places. */
function scale([low, high]: readonly [number, number], [from, to]: readonly [number, number]) {
  return (value: number): number => from + ((value - low) / (high - low)) * (to - from);
}

const ends = (ticks: readonly number[]): [number, number] => [ticks[0]!, ticks.at(-1)!];

/** Never nothing. */
function spread(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = high > low ? 0 : Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/** Some round numbers, of which the first and the last one hold both values between them. */
export function roundTicks(low: number, high: number, wanted = 5): number[] {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? rough;
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return Array.from({ length: Math.max(1, last - first) + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

function axis(ticks: readonly number[], x: (value: number) => number, bottom: number, unit = ''): string[] {
  return ticks.flatMap((value) => [
    line(x(value), gap / 2, x(value), bottom, 'grid'),
    text(x(value), bottom + 16, unit === '' ? threeDigits(value) : `${threeDigits(value)} ${unit}`, 'middle'),
  ]);
}

const signed = (value: number): string => (value < 0 ? '−' : value > 0 ? '+' : '') + threeDigits(Math.abs(value));
