/** Decides which lines each chart shows, for the runs and options that the person chose. Pure. */
import type { CurveColumns, CurveRun } from '../../src/protocol/curves';
import { smoothed } from './columns';

export type ChartId = 'loss' | 'dice' | 'learningRate' | 'seconds';

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
}

export interface Line {
  label: string;
  run: CurveRun;
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
  title: string;
  isLogarithmic: boolean;
  /** Fixed limits of the vertical axis, where they mean something. */
  range?: [number, number];
  lines: Line[];
}

const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 2]];
/** nnU-Net's loss (Dice and cross-entropy) can't fall below this. */
const lowestLoss = -1;

/** The four charts, in the order of their importance. */
export function makeCharts(shown: readonly ShownRun[], options: ViewOptions): Chart[] {
  const isSingle = shown.length === 1;
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
      line(from, 'train', trainLoss, isSingle ? { color: 0 } : {}),
      line(from, 'validation', valLoss, isSingle ? { color: 1 } : { dash: dashes[1]! }),
    ];
  });
  if (lossLog) for (const one of losses) one.drawn = one.values.map((value) => positive(value - lowestLoss));

  const dice = each((from) => {
    const { emaDice, meanDice, dice: classes } = from.columns;
    const perClass =
      options.showClasses && (classes.length > 1 || !isSingle)
        ? classes.map((values, index) =>
            line(from, from.run.classNames[index] ?? `class ${index + 1}`, values, {
              dash: isSingle ? dashes[1 + (Math.floor(index / 6) % 5)]! : dashes[1 + (index % 5)]!,
              width: 1,
              ...(isSingle ? { color: 2 + (index % 6) } : {}),
            }),
          )
        : [];
    const mean = isSingle ? [line(from, 'mean', meanDice, { color: 1, width: 1 })] : [];
    return [...perClass, ...mean].concat(
      line(from, 'moving average', emaDice, { width: 2.5, ...(isSingle ? { color: 0 } : {}) }),
    );
  });

  const rates = each((from) => [line(from, 'learning rate', from.columns.learningRate, isSingle ? { color: 0 } : {})]);
  const seconds = each((from) => [line(from, 'seconds', from.columns.seconds, isSingle ? { color: 0 } : {})]);
  if (options.logScale) {
    for (const one of [...rates, ...seconds]) one.drawn = one.values.map(positive);
  }
  const averages = dice.filter((one) => one.width > 2);
  const others = dice.filter((one) => one.width <= 2);
  return [
    {
      id: 'loss',
      title: lossLog ? 'Loss + 1, logarithmic' : 'Loss',
      isLogarithmic: lossLog,
      lines: withSmoothing(losses),
    },
    { id: 'dice', title: 'Pseudo Dice', isLogarithmic: false, lines: [...withSmoothing(others), ...averages] },
    {
      id: 'learningRate',
      title: options.logScale ? 'Learning rate, logarithmic' : 'Learning rate',
      isLogarithmic: options.logScale,
      lines: rates,
    },
    {
      id: 'seconds',
      title: options.logScale ? 'Seconds per epoch, logarithmic' : 'Seconds per epoch',
      isLogarithmic: options.logScale,
      lines: withSmoothing(seconds),
    },
  ];
}

function positive(value: number): number {
  return value > 0 ? value : NaN;
}

/** A number as the read-out and the exports show it. */
export function formatValue(chart: ChartId, value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const text =
    chart === 'learningRate'
      ? value.toPrecision(3)
      : chart === 'seconds'
        ? `${value.toFixed(value < 10 ? 2 : 1)} s`
        : value.toFixed(4);
  return text.replace('-', '−');
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
