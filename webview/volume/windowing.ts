/** Chooses the intensities that are shown as black and white. */
import { t } from '@vscode/l10n';
import type { ImageLoaded } from '../../src/protocol/volume';
import type { Voxels, Window } from './slices';

interface WindowPreset {
  id: string;
  name: string;
  window: Window;
}

const centred = (level: number, width: number): Window => ({ low: level - width / 2, high: level + width / 2 });

/** Usual settings for CT, Hounsfield units; the first is what a CT opens with. */
export const ctPresets: readonly [WindowPreset, ...WindowPreset[]] = [
  { id: 'ct-abdomen', name: t('CT soft tissue (40 / 400)'), window: centred(40, 400) },
  { id: 'ct-lung', name: t('CT lung (-600 / 1500)'), window: centred(-600, 1500) },
  { id: 'ct-bone', name: t('CT bone (400 / 1800)'), window: centred(400, 1800) },
  { id: 'ct-brain', name: t('CT brain (40 / 80)'), window: centred(40, 80) },
  { id: 'ct-liver', name: t('CT liver (60 / 160)'), window: centred(60, 160) },
  { id: 'ct-mediastinum', name: t('CT mediastinum (50 / 350)'), window: centred(50, 350) },
  { id: 'ct-angiography', name: t('CT angiography (300 / 600)'), window: centred(300, 600) },
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

/**
 * The window after a drag: to the right widens it, upwards makes the image brighter (a lower level), as in other viewers.
 * @param range  width of the window at the start of the drag; a drag over 300 pixels doubles it
 */
export function draggedWindow(window: Window, right: number, up: number, range: number): Window {
  const width = Math.max(window.high - window.low + (right / 300) * range, range / 1000, Number.MIN_VALUE);
  const level = (window.low + window.high) / 2 - (up / 300) * range;
  return { low: level - width / 2, high: level + width / 2 };
}

/** A window by its middle and its width, as radiologists say it. */
export const levelAndWidth = ({ low, high }: Window): { level: number; width: number } => ({
  level: (low + high) / 2,
  width: high - low,
});

/**
 * Level and width as they are shown, with so many digits as can be told apart in the picture: images of whole numbers have no
 * fractions, unless the window is of a few of them.
 * @param areWhole  whether the image's values are whole numbers
 */
export function shownLevelAndWidth(window: Window, areWhole: boolean): { level: number; width: number } {
  const { level, width } = levelAndWidth(window);
  const digits = areWhole ? Number(width < 10) : 2 - Math.floor(Math.log10(width));
  const shown = (value: number): number => Number(value.toFixed(Math.min(20, Math.max(0, digits))));
  return { level: shown(level), width: shown(width) };
}

/** @returns undefined where the numbers make no window */
export function windowOf(level: number, width: number): Window | undefined {
  return Number.isFinite(level) && Number.isFinite(width) && width > 0 ? centred(level, width) : undefined;
}

/** Which choice a window is, by value: "auto", "full", a preset's id, or "own". */
export function choiceOf(window: Window, auto: Window, range: { min: number; max: number } | null): string {
  const isNear = (other: Window): boolean =>
    Math.abs(window.low - other.low) + Math.abs(window.high - other.high) <= 1e-6 * (other.high - other.low);
  if (isNear(auto)) return 'auto';
  if (range && isNear({ low: range.min, high: range.max })) return 'full';
  return ctPresets.find((preset) => isNear(preset.window))?.id ?? 'own';
}

/**
 * Whether values are to be looked at as Hounsfield units: they look like it, or the channel is called CT and its values go
 * through soft tissue (those of a normalised CT do not).
 */
export function isCtLike(
  { looksLikeCt, range, labels }: Pick<ImageLoaded, 'looksLikeCt' | 'range' | 'labels'>,
  isNamedCt: boolean,
): boolean {
  if (labels) return false;
  if (looksLikeCt) return true;
  return isNamedCt && range !== null && range.min < 0 && range.max > 100;
}
