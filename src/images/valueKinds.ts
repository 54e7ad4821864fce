/** Tells by an image's values what it is: CT in Hounsfield units, a label map, or neither. */
import type { VoxelArray } from '../geometry/types';
import type { Scaling } from './types';

/** Air, and everything that scanners write outside of what they saw. */
const [belowAir, airUpTo] = [-1100, -700];
const [tissueFrom, tissueUpTo, boneFrom] = [-200, 300, 400];

/** @param sample  values after scaling, spread over the image */
export function looksLikeCt(sample: ArrayLike<number>): boolean {
  let [seen, air, tissue, soft] = [0, 0, 0, 0];
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i]!;
    if (!(value >= belowAir)) continue;
    seen++;
    if (value <= airUpTo) air++;
    if (value >= tissueFrom && value <= tissueUpTo) tissue++;
    if (value <= boneFrom) soft++;
  }
  return air > 0.02 * seen && tissue > 0.02 * seen && soft > 0.7 * seen;
}

/** So few values are labels however they lie. */
const surelyLabels = 16;
const mostLabels = 4096;

/**
 * Labels that occur and their voxels, ascending and without background; null where the values are measured ones. Scans of 8 bits
 * have few whole numbers, too, but in them neighbours differ: labels lie in patches.
 */
export function labelsIn(
  voxels: VoxelArray,
  { slope, intercept }: Scaling = { slope: 1, intercept: 0 },
): { value: number; voxels: number }[] | null {
  const counts = new Map<number, number>();
  let [from, changes] = [0, 0];
  for (let i = 1; i <= voxels.length; i++) {
    const stored = voxels[i - 1] as number;
    if (i < voxels.length && voxels[i] === stored) continue;
    const value = stored * slope + intercept;
    if (!Number.isInteger(value) || value < 0) return null;
    counts.set(value, (counts.get(value) ?? 0) + i - from);
    if (counts.size > mostLabels) return null;
    from = i;
    changes++;
  }
  const background = counts.get(0) ?? 0;
  if (background === 0 || counts.size < 2) return null;
  if (counts.size > surelyLabels && changes > 0.5 * (voxels.length - background)) return null;
  return [...counts]
    .filter(([value]) => value !== 0)
    .sort(([a], [b]) => a - b)
    .map(([value, count]) => ({ value, voxels: count }));
}

/** Also empty ones, and those in which every voxel is labelled: for files that are called masks. */
export function isLabelMap(voxels: VoxelArray, scaling?: Scaling): boolean {
  return hasFewWholeNumbers(voxels, scaling) || labelsIn(voxels, scaling) !== null;
}

function hasFewWholeNumbers(voxels: VoxelArray, { slope, intercept }: Scaling = { slope: 1, intercept: 0 }): boolean {
  const values = new Set<number>();
  let last = NaN;
  for (let i = 0; i < voxels.length; i++) {
    const stored = voxels[i] as number;
    if (stored === last) continue;
    last = stored;
    if (!Number.isInteger(stored * slope + intercept)) return false;
    values.add(stored);
    if (values.size > surelyLabels) return false;
  }
  return true;
}
