/** Chooses the intensities that are shown as black and white. */
import type { Voxels, Window } from './slices';

export interface WindowPreset {
  id: string;
  name: string;
  window: Window;
}

const centred = (level: number, width: number): Window => ({ low: level - width / 2, high: level + width / 2 });

/** Usual settings for CT, Hounsfield units. */
export const ctPresets: readonly WindowPreset[] = [
  { id: 'ct-abdomen', name: 'CT soft tissue (40 / 400)', window: centred(40, 400) },
  { id: 'ct-lung', name: 'CT lung (-600 / 1500)', window: centred(-600, 1500) },
  { id: 'ct-bone', name: 'CT bone (400 / 1800)', window: centred(400, 1800) },
  { id: 'ct-brain', name: 'CT brain (40 / 80)', window: centred(40, 80) },
  { id: 'ct-liver', name: 'CT liver (60 / 160)', window: centred(60, 160) },
  { id: 'ct-mediastinum', name: 'CT mediastinum (50 / 350)', window: centred(50, 350) },
  { id: 'ct-angiography', name: 'CT angiography (300 / 600)', window: centred(300, 600) },
];

/** At most so many voxels are looked at; the percentiles hardly move beyond. */
const sampleSize = 200_000;

/**
 * From the 1st to the 99.5th percentile. The background of a scan (the commonest lowest value, often most of the volume) is left out where
 * it would hide everything else.
 */
export function autoWindow(voxels: Voxels): Window {
  const step = Math.max(1, Math.floor(voxels.length / sampleSize));
  const sample: number[] = [];
  for (let i = 0; i < voxels.length; i += step) {
    const value = voxels[i] ?? NaN;
    if (Number.isFinite(value)) sample.push(value);
  }
  const sorted = Float64Array.from(sample).sort();
  if (sorted.length === 0) return { low: 0, high: 1 };
  const lowest = sorted[0] ?? 0;
  const background = firstAbove(sorted, lowest);
  const kept = background > sorted.length / 4 && background < sorted.length ? sorted.subarray(background) : sorted;
  const at = (fraction: number): number => kept[Math.round(fraction * (kept.length - 1))] ?? lowest;
  const low = kept === sorted ? at(0.01) : Math.min(lowest, at(0.01));
  const high = at(0.995);
  if (high > low) return { low, high };
  const highest = sorted[sorted.length - 1] ?? lowest;
  return highest > lowest ? { low: lowest, high: highest } : { low: lowest, high: lowest + 1 };
}

/** Index of the first value greater than `value`, in sorted values. */
function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All values, from the smallest to the largest. */
export function fullWindow(voxels: Voxels): Window {
  let low = Infinity;
  let high = -Infinity;
  for (const value of voxels) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low < high
    ? { low, high }
    : { low: Number.isFinite(low) ? low : 0, high: (Number.isFinite(low) ? low : 0) + 1 };
}

/**
 * The window after a drag: to the right widens it, upwards makes the image brighter (a lower level), as in other viewers.
 * @param range  width of the window at the start of the drag; a drag over 300 pixels doubles it
 */
export function draggedWindow(window: Window, right: number, up: number, range: number): Window {
  const width = Math.max(window.high - window.low + (right / 300) * range, range / 1000, Number.MIN_VALUE);
  const level = (window.low + window.high) / 2 - (up / 300) * range;
  return { low: level - width / 2, high: level + width / 2 };
}

/** True where the values look like Hounsfield units: air is there, and more than a byte's range. */
export function looksLikeCt(minimum: number, maximum: number, channelName = ''): boolean {
  if (/^ct$/i.test(channelName.trim())) return true;
  if (channelName.trim() !== '' && !/^(channel|image|0)/i.test(channelName.trim())) return false;
  return minimum <= -500 && minimum >= -12_000 && maximum >= 200;
}
