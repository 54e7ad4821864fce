/** Charts of a report as SVG that stands in the page: box plots, and the plot of Bland and Altman. Colours come from the page's style. */
import { escaped } from '../words/escaped';
import { threeDigits } from '../words/quantities';
import type { Agreement, BoxPlot } from '../method/statistics';

interface BoxRow {
  name: string;
  /** One for each model; undefined where there is nothing to draw. */
  boxes: (BoxPlot | undefined)[];
}

const width = 640;
const left = 150;
const right = 20;
const barHeight = 14;
const gap = 10;

/** @param range  of the axis; absent: of the values, from 0 */
export function boxPlots(rows: readonly BoxRow[], title: string, range?: [number, number]): string {
  const boxes = rows.flatMap((row) => row.boxes.filter((box) => box !== undefined));
  if (boxes.length === 0) return '';
  const values = boxes.flatMap((box) => [box.lowerWhisker, box.upperWhisker, ...box.outliers]);
  const [low, high] = range ?? [Math.min(0, ...values), Math.max(...values, 1e-9)];
  const x = (value: number): number => left + ((value - low) / (high - low)) * (width - left - right);
  let y = gap;
  const parts: string[] = [];
  for (const { name, boxes: ofModels } of rows) {
    const rowHeight = ofModels.length * (barHeight + 4);
    parts.push(text(left - 8, y + rowHeight / 2 + 4, name, 'end'));
    for (const [model, box] of ofModels.entries()) {
      if (box) parts.push(drawnBox(box, x, y + model * (barHeight + 4), model));
    }
    y += rowHeight + gap;
  }
  return svg(title, y + 24, [...axis(low, high, x, y), ...parts]);
}

function drawnBox(box: BoxPlot, x: (value: number) => number, y: number, model: number): string {
  const middle = y + barHeight / 2;
  const [from, to] = [x(box.lowerQuartile), x(box.upperQuartile)];
  return [
    `<g class="model${model % colours}">`,
    line(x(box.lowerWhisker), middle, x(box.upperWhisker), middle),
    `<rect x="${short(from)}" y="${y}" width="${short(Math.max(1, to - from))}" height="${barHeight}"/>`,
    `<line class="middle" x1="${short(x(box.median))}" y1="${y}" x2="${short(x(box.median))}" y2="${y + barHeight}"/>`,
    ...box.outliers.map((value) => `<circle cx="${short(x(value))}" cy="${middle}" r="2.5"/>`),
    '</g>',
  ].join('');
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
  const [low, high] = spread([...differences, ...limits, 0]);
  const [first, last] = spread(means);
  const x = (value: number): number => left + ((value - first) / (last - first)) * (width - left - right);
  const y = (value: number): number => gap + ((high - value) / (high - low)) * (height - 2 * gap);
  const lines = agreements.flatMap((one, model) =>
    one
      ? [
          `<g class="model${model % colours}">`,
          line(left, y(one.bias), width - right, y(one.bias)),
          line(left, y(one.lower), width - right, y(one.lower), 'limit'),
          line(left, y(one.upper), width - right, y(one.upper), 'limit'),
          '</g>',
        ]
      : [],
  );
  const marks = points.map(({ model }, at) => {
    return `<circle class="model${model % colours}" cx="${short(x(means[at]!))}" cy="${short(y(differences[at]!))}" r="3"/>`;
  });
  const ticks = [low, 0, high].map((value) => text(left - 8, y(value) + 4, `${threeDigits(value)} ${unit}`, 'end'));
  return svg(title, height + 24, [
    line(left, y(0), width - right, y(0), 'grid'),
    ...axis(first, last, x, height, ` ${unit}`),
    ...ticks,
    ...lines,
    ...marks,
  ]);
}

/** So many have a colour of their own; more begin again. */
export const colours = 6;

/** With a little room on both sides; never nothing. */
function spread(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function axis(low: number, high: number, x: (value: number) => number, bottom: number, unit = ''): string[] {
  return [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const value = low + share * (high - low);
    return [
      line(x(value), gap / 2, x(value), bottom, 'grid'),
      text(x(value), bottom + 16, `${threeDigits(value)}${unit}`, 'middle'),
    ];
  });
}

function svg(title: string, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${short(height)}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`;
}

function line(x1: number, y1: number, x2: number, y2: number, kind?: string): string {
  const name = kind === undefined ? '' : ` class="${kind}"`;
  return `<line${name} x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;
}

function text(x: number, y: number, words: string, anchor: 'end' | 'middle'): string {
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);
