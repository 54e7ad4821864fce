/** Brings a decoded image's voxels into the form the webview gets: its number type, its range and a first window. */
import type { VoxelArray } from '../../geometry/types';
import type { Scaling } from '../../images/types';
import type { ImageLoaded, VoxelType } from '../../protocol/volume';
import { labelsIn, looksLikeCt } from '../../images/valueKinds';

type SentArray = Exclude<VoxelArray, Float64Array>;

/** Single precision is enough for a picture. */
export function sentArray(voxels: VoxelArray): SentArray {
  return voxels instanceof Float64Array ? new Float32Array(voxels) : voxels;
}

export function voxelTypeOf(voxels: VoxelArray): VoxelType {
  const name = voxels.constructor.name.replace(/Array$/, '').toLowerCase();
  return (name === 'float64' ? 'float32' : name === 'uint8clamped' ? 'uint8' : name) as VoxelType;
}

const mostSamples = 200_000;

/** Exact range; percentiles from an evenly spread sample, so that a large volume costs one pass. */
export function describeValues(voxels: VoxelArray, scaling: Scaling | undefined): ImageLoaded {
  const { slope, intercept } = scaling ?? { slope: 1, intercept: 0 };
  let [low, high, nonFinite] = [Infinity, -Infinity, 0];
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] as number;
    if (value - value !== 0) nonFinite++;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const scale = (stored: number): number => stored * slope + intercept;
  const labels = nonFinite === 0 ? labelsIn(voxels, scaling) : null;
  if (low > high)
    return { scaling: { slope, intercept }, range: null, window: null, nonFinite, looksLikeCt: false, labels };
  const [min, max] = [scale(low), scale(high)].sort((a, b) => a - b) as [number, number];
  const sample = sortedSample(voxels);
  const at = (part: number): number => sample[Math.round(part * (sample.length - 1))] ?? low;
  const [first, last] = [scale(at(0.005)), scale(at(0.995))].sort((a, b) => a - b) as [number, number];
  const window = first < last ? { low: first, high: last } : { low: min, high: max };
  const isCt = looksLikeCt(sample.map(scale));
  return { scaling: { slope, intercept }, range: { min, max }, window, nonFinite, looksLikeCt: isCt, labels };
}

/** Finite stored values, spread over the volume. */
function sortedSample(voxels: VoxelArray): Float64Array {
  // A step that shares no factor with common row lengths, so that the sample is not one column of the image.
  const step = Math.max(1, Math.floor(voxels.length / mostSamples) | 1);
  const sample = new Float64Array(Math.ceil(voxels.length / step));
  let count = 0;
  for (let i = 0; i < voxels.length; i += step) {
    const value = voxels[i] as number;
    if (value - value === 0) sample[count++] = value;
  }
  return sample.subarray(0, count).sort();
}
