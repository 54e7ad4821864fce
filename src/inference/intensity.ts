/** Brings the intensities of an image into the range that another program's model was trained with. */
import type { IntensityScaling } from './sidecar';

/** Finer than any quantile that is asked for, and quick. */
const bins = 65536;

/** Changes one channel in place. A channel of one value becomes 0. */
export function scaleIntensity(values: Float32Array, scaling: IntensityScaling): void {
  const { clip, method } = scaling;
  if (clip)
    for (let at = 0; at < values.length; at += 1) values[at] = Math.min(clip[1], Math.max(clip[0], values[at]!));
  if (method === 'none') return;
  const [offset, divisor] = method === 'fixed' ? [scaling.offset, scaling.divisor] : measured(values, scaling);
  for (let at = 0; at < values.length; at += 1) {
    const scaled = (values[at]! - offset) / divisor;
    values[at] = method === 'quantile' ? Math.min(1, Math.max(0, scaled)) : scaled;
  }
}

function measured(values: Float32Array, { method, foregroundOnly, quantiles }: IntensityScaling): [number, number] {
  let [count, sum, squares, low, high] = [0, 0, 0, Infinity, -Infinity];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    if (foregroundOnly && !(value > 0)) continue;
    count += 1;
    sum += value;
    squares += value * value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (count === 0 || low === high) return [count === 0 ? 0 : low, 1];
  if (method === 'z-score') {
    const mean = sum / count;
    return [mean, Math.sqrt(Math.max(0, squares / count - mean * mean)) || 1];
  }
  if (method === 'min-max') return [low, high - low];
  const histogram = new Uint32Array(bins);
  const scale = (bins - 1) / (high - low);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    if (!foregroundOnly || value > 0) histogram[Math.round((value - low) * scale)]! += 1;
  }
  const [from, to] = quantiles.map((share) => low + binOf(histogram, share * (count - 1)) / scale) as [number, number];
  return [from, to > from ? to - from : high - low];
}

/** The bin that holds the value of this rank. */
function binOf(histogram: Uint32Array, rank: number): number {
  let below = 0;
  for (let bin = 0; bin < histogram.length; bin += 1) {
    below += histogram[bin]!;
    if (below > rank) return bin;
  }
  return histogram.length - 1;
}
