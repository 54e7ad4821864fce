/** What the page keeps of each run's numbers, and how news is fitted in. Pure. */
import type { CurveColumns } from '../../src/protocol/curves';

const scalarNames = ['epoch', 'trainLoss', 'valLoss', 'meanDice', 'emaDice', 'learningRate', 'seconds'] as const;

/** Replaces the rows from `start` on. */
export function mergeRows(before: CurveColumns | undefined, start: number, news: CurveColumns): CurveColumns {
  if (!before || start === 0) return news;
  const kept = Math.min(start, before.epoch.length);
  const scalars = Object.fromEntries(
    scalarNames.map((name) => [name, joined(before[name].subarray(0, kept), news[name])]),
  ) as Record<(typeof scalarNames)[number], Float64Array>;
  const dice = news.dice.map((column, index) => {
    const old = before.dice[index]?.subarray(0, kept) ?? new Float64Array(kept).fill(NaN);
    return joined(old, column);
  });
  return { ...scalars, dice };
}

function joined(first: Float64Array, second: Float64Array): Float64Array {
  const all = new Float64Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/**
 * Exponential moving average without the usual bias towards the first value, over about `span` epochs; gaps stay gaps.
 * @param span  0 or 1: unchanged
 */
export function smoothed(values: Float64Array, span: number): Float64Array {
  if (span <= 1) return values;
  const memory = 1 - 2 / (span + 1);
  const result = new Float64Array(values.length);
  let sum = 0;
  let weight = 0;
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      result[index] = NaN;
      return;
    }
    sum = memory * sum + (1 - memory) * value;
    weight = memory * weight + (1 - memory);
    result[index] = sum / weight;
  });
  return result;
}

interface Points {
  x: number[];
  y: number[];
}

/**
 * At most about `buckets` × 4 points that draw the same picture: of each stretch the first, lowest, highest and last
 * value. Peaks stay; gaps (NaN) stay gaps.
 */
export function downsampled(x: Float64Array, y: Float64Array, buckets: number): Points {
  const result: Points = { x: [], y: [] };
  const push = (index: number): void => {
    result.x.push(x[index]!);
    result.y.push(y[index]!);
  };
  if (x.length <= buckets * 4) {
    for (let index = 0; index < x.length; index += 1) push(index);
    return result;
  }
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const from = Math.floor((bucket * x.length) / buckets);
    const to = Math.floor(((bucket + 1) * x.length) / buckets);
    const chosen = new Set<number>([from, to - 1]);
    let low = -1;
    let high = -1;
    let gap = -1;
    for (let index = from; index < to; index += 1) {
      if (Number.isNaN(y[index]!)) {
        if (gap < 0) gap = index;
        continue;
      }
      if (low < 0 || y[index]! < y[low]!) low = index;
      if (high < 0 || y[index]! > y[high]!) high = index;
    }
    for (const index of [low, high, gap]) if (index >= 0) chosen.add(index);
    [...chosen].sort((a, b) => a - b).forEach(push);
  }
  return result;
}
