/** Draws the charts as a self-contained SVG picture on white ground, for papers and slides. Pure. */
import { t } from '@vscode/l10n';
import { axisName, axisTexts, ownRange } from './chartData';
import { downsampled } from './columns';
import type { Chart, Line } from './series';

interface PictureOptions {
  title: string;
  /** Line colour by index. */
  color: (index: number) => string;
  /** Epochs shown, counted from 1. */
  from: number;
  to: number;
  /** Best epoch of each run, counted from 1. */
  best: readonly number[];
}

interface Picture {
  svg: string;
  width: number;
  height: number;
}

const cell = { width: 600, height: 360, left: 64, right: 28, top: 58, bottom: 44 };
const headHeight = 44;

export function curvesPicture(charts: readonly Chart[], options: PictureOptions): Picture {
  const width = cell.width * Math.min(2, charts.length);
  const height = headHeight + cell.height * Math.ceil(charts.length / 2);
  const parts = charts.map((chart, index) => {
    const x = (index % 2) * cell.width;
    const y = headHeight + Math.floor(index / 2) * cell.height;
    return `<g transform="translate(${x} ${y})">${drawChart(chart, options, index)}</g>`;
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222">` +
    `<title>${escaped(options.title)}</title><rect width="100%" height="100%" fill="#fff"/>` +
    `<text x="16" y="27" font-size="16" font-weight="600">${escaped(options.title)}</text>${parts.join('')}</svg>`;
  return { svg, width, height };
}

function drawChart(chart: Chart, options: PictureOptions, index: number): string {
  const own = ownRange(chart);
  const [from, to] = own ?? [options.from, options.to];
  const plot = { width: cell.width - cell.left - cell.right, height: cell.height - cell.top - cell.bottom };
  const lines = chart.lines.map((line) => inside(line, from, to));
  const range = chart.range ?? limits(lines, chart.isLogarithmic);
  const scaleX = (epoch: number): number => cell.left + ((epoch - from) / Math.max(1, to - from)) * plot.width;
  const place = (value: number): number => (chart.isLogarithmic ? Math.log10(value) : value);
  const [low, high] = [place(range[0]), place(range[1])];
  const scaleY = (value: number): number => cell.top + (1 - (place(value) - low) / (high - low || 1)) * plot.height;

  const ticksY = chart.isLogarithmic ? logTicks(range[0], range[1]) : ticks(range[0], range[1], 6);
  const textsY = axisTexts(ticksY);
  const ticksX = ticks(from, to, 7).filter(Number.isInteger);
  const grid = [
    ...ticksY.map((value, at) => {
      const y = round(scaleY(value));
      return `<line x1="${cell.left}" x2="${cell.width - cell.right}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="${cell.left - 8}" y="${y + 4}" text-anchor="end">${textsY[at]}</text>`;
    }),
    ...ticksX.map((value) => {
      const x = round(scaleX(value));
      return `<line x1="${x}" x2="${x}" y1="${cell.top}" y2="${cell.top + plot.height}" stroke="#eee"/><text x="${x}" y="${cell.top + plot.height + 18}" text-anchor="middle">${value}</text>`;
    }),
  ];
  const paths = lines.map((line) => {
    const d = path(line, scaleX, scaleY, Math.round(plot.width));
    const dash = line.dash.length > 0 ? ` stroke-dasharray="${line.dash.join(' ')}"` : '';
    const faint = line.isBackground ? ' stroke-opacity="0.3"' : '';
    return `<path d="${d}" fill="none" stroke="${options.color(line.color)}" stroke-width="${line.width}" stroke-linejoin="round"${dash}${faint}/>`;
  });
  const marks = !own && (chart.id === 'loss' || chart.id === 'dice') ? options.best : [];
  const bests = marks
    .filter((epoch) => epoch >= from && epoch <= to)
    .map((epoch) => {
      const x = round(scaleX(epoch));
      return `<line x1="${x}" x2="${x}" y1="${cell.top}" y2="${cell.top + plot.height}" stroke="#444" stroke-dasharray="2 3"><title>${escaped(t('Best epoch {0}', epoch))}</title></line>`;
    });
  return (
    `<text x="${cell.left}" y="16" font-size="14" font-weight="600">${escaped(chart.title)}</text>` +
    legend(chart, options) +
    `<clipPath id="plot${index}"><rect x="${cell.left}" y="${cell.top}" width="${plot.width}" height="${plot.height}"/></clipPath>` +
    grid.join('') +
    `<g clip-path="url(#plot${index})">${bests.join('')}${paths.join('')}</g>` +
    `<rect x="${cell.left}" y="${cell.top}" width="${plot.width}" height="${plot.height}" fill="none" stroke="#888"/>` +
    `<text x="${cell.left + plot.width / 2}" y="${cell.height - 8}" text-anchor="middle">${escaped(axisName(chart))}</text>`
  );
}

function legend(chart: Chart, { color }: PictureOptions): string {
  let x = cell.left;
  let y = 36;
  return chart.lines
    .filter((line) => !line.isBackground)
    .map((line) => {
      const width = 34 + line.label.length * 6.4;
      if (x + width > cell.width - cell.right && x > cell.left) {
        x = cell.left;
        y += 15;
      }
      const dash = line.dash.length > 0 ? ` stroke-dasharray="${line.dash.join(' ')}"` : '';
      const item = `<line x1="${x}" x2="${x + 20}" y1="${y - 4}" y2="${y - 4}" stroke="${color(line.color)}" stroke-width="${line.width}"${dash}/><text x="${x + 25}" y="${y}" font-size="11">${escaped(line.label)}</text>`;
      x += width;
      // More lines than fit above the plot are left to the colours.
      return y > cell.top - 4 ? '' : item;
    })
    .join('');
}

function inside(line: Line, from: number, to: number): Line {
  const rows = Array.from(line.epoch.keys()).filter(
    (row) => line.epoch[row]! + 1 >= from && line.epoch[row]! + 1 <= to,
  );
  if (rows.length === line.epoch.length) return line;
  const [first = 0, last = -1] = [rows[0], rows.at(-1)];
  return { ...line, epoch: line.epoch.subarray(first, last + 1), drawn: line.drawn.subarray(first, last + 1) };
}

function path(line: Line, scaleX: (x: number) => number, scaleY: (y: number) => number, buckets: number): string {
  const { x, y } = downsampled(line.epoch, line.drawn, buckets);
  let isDrawing = false;
  return x
    .map((epoch, index) => {
      if (!Number.isFinite(y[index]!)) {
        isDrawing = false;
        return '';
      }
      const command = isDrawing ? 'L' : 'M';
      isDrawing = true;
      return `${command}${round(scaleX(epoch + 1))} ${round(scaleY(y[index]!))}`;
    })
    .join('');
}

function limits(lines: readonly Line[], isLogarithmic: boolean): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { drawn } of lines) {
    for (const value of drawn) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return isLogarithmic ? [0.1, 1] : [0, 1];
  if (isLogarithmic) return [low / 1.1, high * 1.1];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.05 || 0.5;
  return [low - margin, high + margin];
}

/** Round numbers within the limits, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

function logTicks(low: number, high: number): number[] {
  const decades = ticks(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)), 6).filter(Number.isInteger);
  const factors = decades.length > 3 ? [1] : [1, 2, 5];
  return decades
    .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(3))))
    .filter((value) => value >= low && value <= high);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter]!);
}
