/** What is said of a list of measurements: where its middle is, how wide it spreads, and how two measurements of the same things agree. */
import { mean } from './means';

/** @param share  0 … 1. Between two values as numpy's percentile does; NaN for no values */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const [below, above] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  // Infinite values have no "between".
  return below === above ? below : below + (above - below) * (at - low);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Of a sample (n - 1); NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

export interface BoxPlot {
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
  /** The last values within 1.5 times the box's height of it. */
  lowerWhisker: number;
  upperWhisker: number;
  outliers: number[];
}

/** Tukey's. @param values  finite. @returns undefined for no values */
export function boxPlot(values: readonly number[]): BoxPlot | undefined {
  if (values.length === 0) return undefined;
  const [lowerQuartile, middle, upperQuartile] = [0.25, 0.5, 0.75].map((share) => quantile(values, share)) as [
    number,
    number,
    number,
  ];
  const reach = 1.5 * (upperQuartile - lowerQuartile);
  const within = values.filter((value) => value >= lowerQuartile - reach && value <= upperQuartile + reach);
  return {
    lowerQuartile,
    median: middle,
    upperQuartile,
    // Quartiles lie between values: the nearest value within reach may lie inside of the box.
    lowerWhisker: Math.min(lowerQuartile, ...within),
    upperWhisker: Math.max(upperQuartile, ...within),
    outliers: values.filter((value) => !within.includes(value)).sort((a, b) => a - b),
  };
}

export interface Agreement {
  /** Mean of the differences. */
  bias: number;
  /** 95 % limits of agreement: bias ± 1.96 standard deviations. */
  lower: number;
  upper: number;
}

/** Bland and Altman. @param differences  measured - reference, at least two. @returns undefined for fewer */
export function agreement(differences: readonly number[]): Agreement | undefined {
  if (differences.length < 2) return undefined;
  const [bias, reach] = [mean(differences), 1.96 * standardDeviation(differences)];
  return { bias, lower: bias - reach, upper: bias + reach };
}
