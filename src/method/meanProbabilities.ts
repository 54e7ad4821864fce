/** What do several models say together? The mean of their probabilities, and the label map that it means. */
import type { LabelManager } from './labels';

/** Adds one model's probabilities to the sum of those before it, rounded to float32 as nnU-Net does. */
export function addProbabilities(sum: Float32Array, values: Float32Array): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = sum[at]! + values[at]!;
}

export function divideProbabilities(sum: Float32Array, models: number): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = sum[at]! / models;
}

/**
 * The most probable label of each voxel, of equals the first; for regions, each in turn where it is more probable than not.
 * @param probabilities  (heads, voxels)
 */
export function labelsOfProbabilities(
  probabilities: Float32Array,
  { usesRegions, regionsClassOrder, allLabels }: Pick<LabelManager, 'usesRegions' | 'regionsClassOrder' | 'allLabels'>,
): Uint8Array | Uint16Array {
  const values = usesRegions ? regionsClassOrder : allLabels;
  const voxels = probabilities.length / values.length;
  const labels = Math.max(...values) < 256 ? new Uint8Array(voxels) : new Uint16Array(voxels);
  // A region is written over those before it; a label takes the place of one that is less probable.
  const reached = usesRegions ? new Float32Array(voxels).fill(0.5) : probabilities.slice(0, voxels);
  if (!usesRegions) labels.fill(values[0]!);
  for (let head = usesRegions ? 0 : 1; head < values.length; head += 1) {
    const value = values[head]!;
    const start = head * voxels;
    for (let at = 0; at < voxels; at += 1) {
      const probability = probabilities[start + at]!;
      if (!(probability > reached[at]!)) continue;
      labels[at] = value;
      if (!usesRegions) reached[at] = probability;
    }
  }
  return labels;
}
