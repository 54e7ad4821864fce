/** Decides which lines each chart shows, for the runs and options that the person chose. Pure. */
import { t } from '@vscode/l10n';
import type { CurveColumns, CurveRun, IterationColumns } from '../../src/protocol/curves';
import { smoothed } from './columns';

type ChartId = 'loss' | 'dice' | 'learningRate' | 'seconds';

export interface ViewOptions {
  /** Epochs that the smoothing spans; 0 for none. */
  smoothing: number;
  logScale: boolean;
  showClasses: boolean;
}

/** A run that is switched on, with its numbers. */
export interface ShownRun {
  run: CurveRun;
  columns: CurveColumns;
  /** Its place in the list: chooses its colour when several are shown. */
  index: number;
  /** Of a training that has no epochs to draw. */
  iterations?: IterationColumns;
}

export interface Line {
  label: string;
  run: CurveRun;
  /** Or iteration; counted from 0. */
  epoch: Float64Array;
  /** As recorded: what the read-out shows. */
  values: Float64Array;
  /** As drawn. */
  drawn: Float64Array;
  color: number;
  dash: number[];
  width: number;
  /** Not smoothed, drawn faintly behind the smoothed line. */
  isBackground: boolean;
}

export interface Chart {
  id: ChartId;
  /** What its lines run over. */
  unit: 'epoch' | 'iteration';
  title: string;
  isLogarithmic: boolean;
  /** Limits of the vertical axis, where all values would not make a good picture. */
  range?: [number, number];
  lines: Line[];
}

const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2]];
/** nnU-Net's loss (Dice and cross-entropy) can't fall below this. */
const lowestLoss = -1;

/** The four charts, in the order of their importance. */
export function makeCharts(shown: readonly ShownRun[], options: ViewOptions): Chart[] {
  const isSingle = shown.length <= 1;
  const lossLog = options.logScale;
  const each = (make: (run: ShownRun) => Line[]): Line[] => shown.flatMap(make);
  const line = (from: ShownRun, label: string, values: Float64Array, look: Partial<Line>): Line => ({
    label: isSingle ? label : `${from.run.name} ${label}`,
    run: from.run,
    epoch: from.columns.epoch,
    values,
    drawn: values,
    color: from.index,
    dash: [],
    width: 1.5,
    isBackground: false,
    ...look,
  });
  const withSmoothing = (lines: Line[]): Line[] =>
    options.smoothing <= 1
      ? lines
      : lines.flatMap((one) => [
          { ...one, isBackground: true, dash: [], width: 1 },
          { ...one, drawn: smoothed(one.drawn, options.smoothing) },
        ]);

  const losses = each((from) => {
    const { trainLoss, valLoss } = from.columns;
    return [
      line(from, t('train'), trainLoss, isSingle ? { color: 0 } : {}),
      line(from, t('validation'), valLoss, isSingle ? { color: 1 } : { dash: dashes[1]! }),
    ];
  });
  if (lossLog) for (const one of losses) one.drawn = one.values.map((value) => positive(value - lowestLoss));

  const dice = each((from) => {
    const { emaDice, meanDice, dice: classes } = from.columns;
    const perClass =
      options.showClasses && (classes.length > 1 || !isSingle)
        ? classes.map((values, index) =>
            line(from, from.run.classNames[index] ?? t('class {0}', index + 1), values, {
              dash: isSingle ? dashes[1 + (Math.floor(index / 6) % 5)]! : dashes[1 + (index % 5)]!,
              width: 1,
              ...(isSingle ? { color: 2 + (index % 6) } : {}),
            }),
          )
        : [];
    const mean = isSingle ? [line(from, t('mean'), meanDice, { color: 1, width: 1 })] : [];
    return [...perClass, ...mean].concat(
      line(from, t('moving average'), emaDice, { width: 2.5, ...(isSingle ? { color: 0 } : {}) }),
    );
  });

  const rates = each((from) => [
    line(from, t('learning rate'), from.columns.learningRate, isSingle ? { color: 0 } : {}),
  ]);
  const seconds = each((from) => [line(from, t('seconds'), from.columns.seconds, isSingle ? { color: 0 } : {})]);
  if (options.logScale) {
    for (const one of [...rates, ...seconds]) one.drawn = one.values.map(positive);
  }
  const lossTitle = lossLog ? t('Loss + 1, logarithmic') : t('Loss');
  const averages = dice.filter((one) => one.width > 2);
  const others = dice.filter((one) => one.width <= 2);
  return [
    iterationChart(shown) ?? {
      id: 'loss',
      unit: 'epoch',
      title: isSingle ? lossTitle : t('{0}: train solid, validation dashed', lossTitle),
      isLogarithmic: lossLog,
      lines: withSmoothing(losses),
    },
    {
      id: 'dice',
      unit: 'epoch',
      title: isSingle ? t('Pseudo Dice') : t('Pseudo Dice, moving average'),
      isLogarithmic: false,
      lines: [...withSmoothing(others), ...averages],
    },
    {
      id: 'learningRate',
      unit: 'epoch',
      title: options.logScale ? t('Learning rate, logarithmic') : t('Learning rate'),
      isLogarithmic: options.logScale,
      lines: rates,
    },
    {
      id: 'seconds',
      unit: 'epoch',
      title: options.logScale ? t('Seconds per epoch, logarithmic') : t('Seconds per epoch'),
      isLogarithmic: options.logScale,
      range: options.logScale ? undefined : usualRange(seconds),
      lines: withSmoothing(seconds),
    },
  ];
}

/** Until a training has two epochs, a line over them says nothing: its iterations do. */
function iterationChart(shown: readonly ShownRun[]): Chart | undefined {
  if (!shown.some(({ iterations }) => iterations && iterations.iteration.length > 0)) return undefined;
  if (shown.some(({ columns }) => columns.epoch.length > 1)) return undefined;
  const isSingle = shown.length === 1;
  const lines = shown.flatMap(({ run, index, iterations }): Line[] => {
    if (!iterations || iterations.iteration.length === 0) return [];
    const { iteration, loss } = iterations;
    const look = { color: isSingle ? 0 : index, dash: [], width: 1.5, isBackground: false };
    const label = isSingle ? t('train') : run.name;
    return [{ label, run, epoch: iteration.map((number) => number - 1), values: loss, drawn: loss, ...look }];
  });
  return { id: 'loss', unit: 'iteration', title: t('Loss of each iteration'), isLogarithmic: false, lines };
}

function positive(value: number): number {
  return value > 0 ? value : NaN;
}

interface ReadoutItem {
  label: string;
  look: Line;
  lines: Line[];
}

/** What the legend names: each line of a single run; of several runs only the runs, with their lines' values. */
export function readoutItems({ id, lines }: Chart): ReadoutItem[] {
  const visible = lines.filter(({ isBackground }) => !isBackground);
  const runs = [...new Set(visible.map(({ run }) => run))];
  if (runs.length <= 1) {
    // The mean and its moving average first: where there is little room, classes may scroll away.
    const ordered = id === 'dice' ? [...visible.slice(-2).reverse(), ...visible.slice(0, -2)] : visible;
    return ordered.map((line) => ({ label: line.label, look: line, lines: [line] }));
  }
  return runs.map((run) => {
    const own = visible.filter((line) => line.run === run);
    const named = id === 'dice' ? own.slice(-1) : own;
    return { label: run.name, look: named[0]!, lines: named };
  });
}

/**
 * The first epochs are often several times slower (the GPU and the disk's cache warm up): they would press all others
 * into a flat line.
 */
function usualRange(lines: readonly Line[]): [number, number] | undefined {
  const values = lines.flatMap(({ drawn }) => Array.from(drawn).filter(Number.isFinite)).sort((a, b) => a - b);
  if (values.length < 20) return undefined;
  const nearlyAll = values[Math.floor(values.length * 0.97)]!;
  if (values.at(-1)! < 2 * nearlyAll) return undefined;
  const low = values[0]!;
  const margin = (nearlyAll - low) * 0.5 || nearlyAll * 0.1;
  return [Math.max(0, low - margin), nearlyAll + margin];
}

/** A number as the read-out and the exports show it. */
export function formatValue(chart: ChartId, value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const text =
    chart === 'learningRate'
      ? Math.abs(value) < 0.001 && value !== 0
        ? value.toExponential(2)
        : value.toPrecision(3)
      : chart === 'seconds'
        ? `${value.toFixed(value < 10 ? 2 : 1)} s`
        : value.toFixed(4);
  return text.replaceAll('-', '−');
}

/** Row of an epoch (counted from 0) in an ascending column, or -1. */
export function rowOfEpoch(epochs: Float64Array, epoch: number): number {
  let low = 0;
  let high = epochs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (epochs[middle] === epoch) return middle;
    if (epochs[middle]! < epoch) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
