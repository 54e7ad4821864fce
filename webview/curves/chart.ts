/** One chart on the page: uPlot with our lines, a read-out that is also the legend, zoom by mouse and keyboard. */
import { t } from '@vscode/l10n';
import uPlot from 'uplot';
import { themeColor, themeKind } from '../controls';
import { aligned, axisName, axisTexts, linearRange, logRange, ownRange, waitingText, wholeSteps } from './chartData';
import { lineColor } from './palette';
import { formatValue, readoutItems, rowOfEpoch, type Chart, type Line } from './series';

/** What all charts of the page share. */
interface ChartHost {
  /** The epochs shown, counted from 1; undefined for all. */
  zoom(range: [number, number] | undefined): void;
  /** The epoch (counted from 1) under the pointer or chosen by keyboard; undefined for none. */
  point(epoch: number | undefined, announce: boolean): void;
}

const syncKey = 'curves';

export class ChartView {
  readonly element = document.createElement('section');
  private readonly heading = document.createElement('h2');
  private readonly readout = document.createElement('div');
  private readonly plotElement = document.createElement('div');
  private readonly axisName = document.createElement('span');
  private readonly waiting = document.createElement('p');
  private plot: uPlot | undefined;
  private chart: Chart | undefined;
  private shape = '';
  private range: [number, number] = [1, 2];
  private full: [number, number] = [1, 2];
  private cursor: number | undefined;
  private best: { epoch: number; color: number }[] = [];

  constructor(private readonly host: ChartHost) {
    this.element.className = 'chart';
    this.readout.className = 'readout';
    this.plotElement.className = 'plot';
    this.axisName.className = 'axis-name';
    // The plot's own label says it.
    this.axisName.ariaHidden = 'true';
    this.plotElement.append(this.axisName);
    this.waiting.className = 'waiting';
    this.plotElement.tabIndex = 0;
    this.plotElement.setAttribute('role', 'application');
    this.plotElement.setAttribute('aria-roledescription', 'chart');
    this.plotElement.addEventListener('keydown', (event) => this.onKey(event));
    this.plotElement.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    this.plotElement.addEventListener('pointerleave', () => this.host.point(undefined, false));
    this.plotElement.addEventListener('blur', () => this.host.point(undefined, false));
    this.element.append(this.heading, this.readout, this.plotElement, this.waiting);
    new ResizeObserver(() => this.resize()).observe(this.plotElement);
  }

  /** @param full  first and last epoch there is, counted from 1 */
  show(chart: Chart, full: [number, number], range: [number, number], best: { epoch: number; color: number }[]): void {
    this.chart = chart;
    const own = ownRange(chart);
    this.full = own ?? full;
    this.range = own ?? range;
    this.best = own ? [] : best;
    this.waiting.textContent = waitingText(chart);
    this.element.classList.toggle('is-waiting', this.waiting.textContent !== '');
    this.heading.textContent = chart.title;
    this.axisName.textContent = axisName(chart);
    this.element.dataset.chart = chart.id;
    const names = chart.lines.filter(({ isBackground }) => !isBackground).map(({ label }) => label);
    this.plotElement.setAttribute(
      'aria-label',
      own
        ? t('{0}: {1}. Iterations {2} to {3}.', chart.title, names.join(', '), own[0], own[1])
        : t(
            '{0}: {1}. Epochs {2} to {3}. Arrow keys move the cursor, plus and minus zoom, 0 shows all.',
            chart.title,
            names.join(', '),
            range[0],
            range[1],
          ),
    );
    // A chart with the same lines takes new numbers; another set of lines, scale or theme needs a new plot.
    const shape = JSON.stringify([
      chart.unit,
      chart.isLogarithmic,
      themeKind(),
      themeColor('--vscode-foreground', ''),
      themeColor('--vscode-editor-background', ''),
      // A line of one value is drawn as a point.
      chart.lines.map(({ label, color, dash, width, isBackground, epoch }) => [
        ...[label, color, dash, width, isBackground],
        epoch.length === 1,
      ]),
    ]);
    const data = aligned(chart);
    if (this.plot && shape === this.shape) {
      this.plot.setData(data, false);
      this.plot.setScale('x', { min: this.range[0], max: this.range[1] });
    } else {
      this.shape = shape;
      this.plot?.destroy();
      this.plot = this.create(chart, data);
    }
    this.showReadout();
  }

  /** Shows the values of an epoch (counted from 1), or the last ones. */
  point(epoch: number | undefined): void {
    if (epoch === this.cursor) return;
    // Iterations are not among the epochs that are pointed at.
    if (this.chart?.unit === 'iteration') return;
    this.cursor = epoch;
    this.showReadout();
    if (!this.plot) return;
    const left = epoch === undefined ? -10 : this.plot.valToPos(epoch, 'x');
    if (this.plot.cursor.left !== left) {
      this.plot.setCursor({ left, top: epoch === undefined ? -10 : Math.max(0, this.plot.cursor.top ?? 0) }, false);
    }
  }

  /** The values at an epoch in words, for screen readers. */
  describe(epoch: number): string {
    if (!this.chart || this.chart.unit === 'iteration') return '';
    const { id, lines } = this.chart;
    return lines
      .filter(({ isBackground }) => !isBackground)
      .map((line) => `${line.label} ${valueText(id, line, epoch)}`)
      .join(', ');
  }

  private create(chart: Chart, data: uPlot.AlignedData): uPlot {
    const kind = themeKind();
    const text = themeColor('--vscode-foreground', '#cccccc');
    const isContrast = kind === 'highContrast' || kind === 'highContrastLight';
    const gridColor = isContrast
      ? themeColor('--vscode-contrastBorder', text)
      : themeColor('--vscode-charts-lines', '') || 'rgba(128, 128, 128, 0.25)';
    const font = `11px ${themeColor('--vscode-font-family', 'sans-serif')}`;
    const axis = {
      stroke: text,
      font,
      grid: { stroke: isContrast ? 'rgba(128, 128, 128, 0.5)' : 'rgba(128, 128, 128, 0.18)', width: 1 },
      ticks: { stroke: gridColor, width: 1, size: 4 },
    };
    const { width, height } = this.plotSize();
    return new uPlot(
      {
        width,
        height,
        padding: [8, 20, 0, 0],
        legend: { show: false },
        cursor: {
          show: chart.unit === 'epoch',
          sync: { key: syncKey, setSeries: false },
          drag: { x: chart.unit === 'epoch', y: false, setScale: false },
          points: { size: 6 },
          bind: {
            dblclick: () => () => {
              this.zoomTo(undefined);
              return null;
            },
          },
        },
        scales: {
          x: { time: false, range: () => this.range },
          y: chart.isLogarithmic
            ? { distr: 3, log: 10, range: (_, low, high) => logRange(low, high) }
            : { range: (_, low, high) => this.chart?.range ?? linearRange(low, high) },
        },
        axes: [
          { ...axis, size: 28, gap: 3, incrs: wholeSteps, values: (_, values) => values.map(String) },
          {
            ...axis,
            size: 56,
            gap: 4,
            values: (_, values) => axisTexts(values),
          },
        ],
        series: [
          {},
          ...chart.lines.map((line) => {
            const color = lineColor(kind, line.color);
            return {
              label: line.label,
              stroke: color,
              width: isContrast && !line.isBackground ? line.width + 0.5 : line.width,
              dash: line.dash,
              alpha: line.isBackground ? (isContrast ? 0.45 : 0.28) : 1,
              points: { show: line.epoch.length === 1 },
              // Not every iteration is told.
              spanGaps: chart.unit === 'iteration',
            };
          }),
        ],
        hooks: {
          draw: [(plot) => this.drawMarks(plot)],
          setCursor: [(plot) => this.onCursor(plot)],
          setSelect: [(plot) => this.onSelect(plot)],
        },
      },
      data,
      this.plotElement,
    );
  }

  private onCursor(plot: uPlot): void {
    const { left = -1 } = plot.cursor;
    // Other charts are told by the page; a cursor that the page itself has set is no news.
    if (left < 0 || !plot.root.matches(':hover')) return;
    const epoch = Math.round(plot.posToVal(left, 'x'));
    this.host.point(clamp(epoch, this.full), false);
  }

  private onSelect(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width > 4) {
      const from = Math.round(plot.posToVal(left, 'x'));
      const to = Math.round(plot.posToVal(left + width, 'x'));
      if (to > from) this.zoomTo([from, to]);
    }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private onWheel(event: WheelEvent): void {
    if (!this.plot || this.chart?.unit === 'iteration' || (!event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    const left = event.clientX - this.plot.over.getBoundingClientRect().left;
    this.scale(event.deltaY > 0 ? 1.25 : 0.8, this.plot.posToVal(left, 'x'));
  }

  private onKey(event: KeyboardEvent): void {
    if (this.chart?.unit === 'iteration') return;
    const [from, to] = this.range;
    const step = Math.max(1, Math.round(((to - from) / 100) * (event.ctrlKey ? 10 : 1)));
    const centre = this.cursor ?? (from + to) / 2;
    const move = (epoch: number): void => this.host.point(clamp(epoch, this.range), true);
    const pan = (by: number): void => {
      const moved = clamp(from + by, [this.full[0], this.full[1] - (to - from)]);
      this.zoomTo([moved, moved + to - from]);
    };
    const actions: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? pan(-10 * step) : move((this.cursor ?? to + step) - step)),
      ArrowRight: () => (event.shiftKey ? pan(10 * step) : move((this.cursor ?? from - step) + step)),
      Home: () => move(from),
      End: () => move(to),
      '+': () => this.scale(0.8, centre),
      '=': () => this.scale(0.8, centre),
      '-': () => this.scale(1.25, centre),
      '0': () => this.zoomTo(undefined),
      Escape: () => this.host.point(undefined, false),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  private scale(factor: number, centre: number): void {
    const [from, to] = this.range;
    const next: [number, number] = [
      Math.max(this.full[0], Math.round(centre - (centre - from) * factor)),
      Math.min(this.full[1], Math.round(centre + (to - centre) * factor)),
    ];
    if (next[1] - next[0] >= 1) this.zoomTo(next);
  }

  private zoomTo(range: [number, number] | undefined): void {
    const isAll = range === undefined || (range[0] <= this.full[0] && range[1] >= this.full[1]);
    this.host.zoom(isAll ? undefined : range);
  }

  private drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const kind = themeKind();
    if (this.chart?.id === 'loss' || this.chart?.id === 'dice') {
      for (const [index, { epoch, color }] of this.best.entries()) {
        const x = plot.valToPos(epoch, 'x', true);
        if (x < bbox.left || x > bbox.left + bbox.width) continue;
        ctx.save();
        ctx.strokeStyle = lineColor(kind, color);
        ctx.fillStyle = ctx.strokeStyle;
        ctx.lineWidth = ratio;
        ctx.setLineDash([2 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        // A small flag where the lines are not, losses fall and Dice rises; each run's a line further than the last.
        const isRight = x > bbox.left + bbox.width / 2;
        const isTop = this.chart.id === 'loss';
        const inset = (3 + 11 * (index % 6)) * ratio;
        ctx.font = `${10 * ratio}px ${themeColor('--vscode-font-family', 'sans-serif')}`;
        ctx.textAlign = isRight ? 'right' : 'left';
        ctx.textBaseline = isTop ? 'top' : 'bottom';
        ctx.fillText(
          t('best {0}', epoch),
          x + (isRight ? -4 : 4) * ratio,
          isTop ? bbox.top + inset : bbox.top + bbox.height - inset,
        );
        ctx.restore();
      }
    }
    this.drawMissing(plot);
  }

  /** A cross at the bottom where the loss was not a number: a mere gap would be overlooked. */
  private drawMissing(plot: uPlot): void {
    if (this.chart?.id !== 'loss') return;
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const size = 4 * ratio;
    const y = bbox.top + size * 2;
    ctx.save();
    ctx.strokeStyle = themeColor('--vscode-errorForeground', '#f14c4c');
    ctx.lineWidth = 2 * ratio;
    let last = -Infinity;
    for (const line of this.chart.lines) {
      if (line.isBackground) continue;
      line.values.forEach((value, row) => {
        if (Number.isFinite(value)) return;
        const x = plot.valToPos(line.epoch[row]! + 1, 'x', true);
        if (x < bbox.left || x > bbox.left + bbox.width || Math.abs(x - last) < 3 * size) return;
        last = x;
        ctx.beginPath();
        ctx.moveTo(x - size, y - size);
        ctx.lineTo(x + size, y + size);
        ctx.moveTo(x + size, y - size);
        ctx.lineTo(x - size, y + size);
        ctx.stroke();
      });
    }
    ctx.restore();
  }

  private showReadout(): void {
    if (!this.chart) return;
    const kind = themeKind();
    this.readout.replaceChildren(
      ...readoutItems(this.chart).map(({ label, look, lines }) => {
        const item = document.createElement('span');
        item.className = 'readout-item';
        const value = document.createElement('b');
        value.textContent = lines.map((line) => valueText(this.chart!.id, line, this.cursor)).join(' / ');
        // The heading says it already.
        const name = label === this.chart!.title.toLowerCase() ? '' : label;
        item.append(swatch(lineColor(kind, look.color), look.dash, look.width), name, value);
        return item;
      }),
    );
  }

  private plotSize(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.plotElement;
    return { width: Math.max(80, clientWidth), height: Math.max(60, clientHeight) };
  }

  private resize(): void {
    const size = this.plotSize();
    if (this.plot && (this.plot.width !== size.width || this.plot.height !== size.height)) this.plot.setSize(size);
  }
}

/** A short piece of the line, as the legend shows it. */
export function swatch(color: string, dash: readonly number[], width: number): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('width', '22');
  svg.setAttribute('height', '10');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(namespace, 'line');
  for (const [name, value] of Object.entries({ x1: 1, x2: 21, y1: 5, y2: 5, 'stroke-width': Math.max(1.5, width) })) {
    line.setAttribute(name, String(value));
  }
  line.setAttribute('stroke', color);
  if (dash.length > 0) line.setAttribute('stroke-dasharray', dash.join(' '));
  svg.append(line);
  return svg;
}

/** Value at an epoch counted from 1, or the last one. */
function valueText(id: Chart['id'], line: Line, epoch: number | undefined): string {
  const row = epoch === undefined ? line.epoch.length - 1 : rowOfEpoch(line.epoch, epoch - 1);
  const value = line.values[row];
  return value === undefined ? '–' : formatValue(id, value);
}

function clamp(value: number, [low, high]: [number, number]): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
