/**
 * A training's epochs as columns that grow: from the event log of a run of ours, from nnU-Net's training_log_….txt, or
 * from a progress.csv. Each read takes only what was appended, so that a curve follows its run at the cost of its news.
 */
import type { CurveColumns } from '../protocol/curves';
import type { EpochEvent } from '../protocol/events';

/** One epoch; NaN where a value is missing or was not a number. */
export interface EpochRow {
  /** Counted from 0, as nnU-Net does. */
  epoch: number;
  trainLoss: number;
  valLoss: number;
  dice: number[];
  meanDice: number;
  emaDice: number;
  learningRate: number;
  seconds: number;
}

const scalarNames = ['epoch', 'trainLoss', 'valLoss', 'meanDice', 'emaDice', 'learningRate', 'seconds'] as const;
type ScalarName = (typeof scalarNames)[number];

/** nnU-Net's smoothing of the mean pseudo Dice over the epochs. Source: nnU-Net 2.8.1 nnunet_logger. */
const emaMemory = 0.9;

/** Columns of numbers, by epoch. */
export class TrainingCurves {
  private readonly scalars: Record<ScalarName, number[]>;
  private readonly classes: number[][] = [];

  constructor() {
    this.scalars = Object.fromEntries(scalarNames.map((name) => [name, [] as number[]])) as Record<
      ScalarName,
      number[]
    >;
  }

  get length(): number {
    return this.scalars.epoch.length;
  }

  get classCount(): number {
    return this.classes.length;
  }

  column(name: ScalarName): readonly number[] {
    return this.scalars[name];
  }

  classDice(index: number): readonly number[] {
    return this.classes[index] ?? [];
  }

  /**
   * Adds an epoch. One that is already there, or an earlier one, means that the training was resumed from a checkpoint:
   * what came after that checkpoint is taken back.
   * @returns the row that was written; rows before it are unchanged
   */
  add(row: EpochRow): number {
    const index = this.takeBack(row.epoch);
    for (const name of scalarNames) this.scalars[name].push(row[name]);
    while (this.classes.length < row.dice.length) this.classes.push(new Array<number>(index).fill(NaN));
    this.classes.forEach((column, one) => column.push(row.dice[one] ?? NaN));
    if (Number.isNaN(row.emaDice)) this.scalars.emaDice[index] = this.nextEma(index);
    return index;
  }

  /**
   * Takes back the epochs from `epoch` on.
   * @returns the number of rows that are left
   */
  takeBack(epoch: number): number {
    const index = this.rowOf(epoch);
    this.truncate(index);
    return index;
  }

  clear(): void {
    this.truncate(0);
    this.classes.length = 0;
  }

  /** The rows from `start` on, as they are sent to a page. */
  columns(start = 0): CurveColumns {
    const scalars = Object.fromEntries(
      scalarNames.map((name) => [name, Float64Array.from(this.scalars[name].slice(start))]),
    ) as Record<ScalarName, Float64Array>;
    return { ...scalars, dice: this.classes.map((column) => Float64Array.from(column.slice(start))) };
  }

  /** The first row whose epoch is not before `epoch`. */
  private rowOf(epoch: number): number {
    const { epoch: epochs } = this.scalars;
    let index = epochs.length;
    while (index > 0 && epochs[index - 1]! >= epoch) index -= 1;
    return index;
  }

  private truncate(length: number): void {
    for (const name of scalarNames) this.scalars[name].length = length;
    for (const column of this.classes) column.length = length;
  }

  /** Logs don't hold the EMA: it follows from the means as nnU-Net computes it. */
  private nextEma(index: number): number {
    const mean = this.scalars.meanDice[index]!;
    const before = index > 0 ? this.scalars.emaDice[index - 1]! : NaN;
    if (Number.isNaN(before)) return mean;
    return Number.isNaN(mean) ? before : emaMemory * before + (1 - emaMemory) * mean;
  }
}

/** Epoch with the best EMA (the one whose weights are checkpoint_best), counted from 0, or null. */
export function bestEpoch(curves: TrainingCurves): number | null {
  const ema = curves.column('emaDice');
  let best = -1;
  for (let index = 0; index < ema.length; index += 1) {
    if (!Number.isNaN(ema[index]!) && (best < 0 || ema[index]! > ema[best]!)) best = index;
  }
  return best < 0 ? null : curves.column('epoch')[best]!;
}

/** The row of an `epoch` event; JSON's null stands for what was not a number. */
export function rowOfEvent(event: EpochEvent): EpochRow {
  return {
    epoch: event.epoch,
    trainLoss: number(event.trainLoss),
    valLoss: number(event.valLoss),
    dice: event.dice.map(number),
    meanDice: number(event.meanDice),
    emaDice: number(event.emaDice),
    learningRate: number(event.learningRate),
    seconds: number(event.seconds),
  };
}

function number(value: number | null | undefined): number {
  return typeof value === 'number' ? value : NaN;
}
