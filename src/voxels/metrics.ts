/** What a label map contains, and how far a prediction agrees with a reference. */
import { runNative } from './load';
import type { LabelData, NativeOptions } from './types';

interface LabelValues {
  /** The whole numbers that occur, ascending. */
  values: number[];
  /** Other finite numbers occur, too. */
  nonInteger: boolean;
  /** NaN or infinity occurs. */
  nonFinite: boolean;
}

export function labelValues(labels: LabelData, options?: NativeOptions): Promise<LabelValues> {
  return runNative(options, (voxels, run) => voxels.labelValues(labels, run));
}

/** Voxels: true and false positives, false and true negatives. */
interface ConfusionCounts {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

/** One entry per label or region (a list of labels), in one pass. Voxels that the reference ignores are not counted. */
export function confusionCounts(
  reference: LabelData,
  prediction: LabelData,
  labelsOrRegions: readonly (readonly number[])[],
  ignoreLabel?: number,
  options?: NativeOptions,
): Promise<ConfusionCounts[]> {
  return runNative(options, (voxels, run) =>
    voxels.confusionCounts(reference, prediction, labelsOrRegions, ignoreLabel ?? null, run),
  );
}
