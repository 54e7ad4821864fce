/** Where a person looks and what they have drawn, from the webview's displayed grid to the voxels of the file. */
import type { Vector3 } from '../../geometry/types';
import type { Region, VolumeDescription } from '../../protocol/volume';

/** As the webview answers; voxels of the displayed grid. */
export interface ShownPlace {
  voxel: Vector3;
  region?: Region;
}

/** A voxel of an image file, with the file's grid; (x, y, z). */
export interface ImagePlace {
  voxel: Vector3;
  shape: Vector3;
  /** mm */
  spacing: Vector3;
  /** Drawn by the person. */
  region?: Region;
}

/** @returns undefined for what is no place */
export function shownPlace({ voxel, region }: { voxel: unknown; region?: unknown }): ShownPlace | undefined {
  if (!isVoxel(voxel)) return undefined;
  const { low, high } = (region ?? {}) as { low?: unknown; high?: unknown };
  const isRegion = isVoxel(low) && isVoxel(high) && low.every((first, axis) => first >= 0 && first < high[axis]!);
  return isRegion ? { voxel, region: { low, high } } : { voxel };
}

function isVoxel(value: unknown): value is Vector3 {
  return Array.isArray(value) && value.length === 3 && value.every(Number.isInteger);
}

export function placeInFile(
  { voxel, region }: ShownPlace,
  { downsampled, shape, spacing }: Pick<VolumeDescription, 'downsampled' | 'shape' | 'spacing'>,
): ImagePlace {
  if (!downsampled) return { voxel, shape, spacing, ...drawn(region, shape) };
  const { factors, fullShape } = downsampled;
  return {
    voxel: fullVoxel(voxel, factors),
    shape: fullShape,
    spacing: spacing.map((mm, axis) => mm / factors[axis]!) as Vector3,
    ...drawn(region && fullRegion(region, factors, shape, fullShape), fullShape),
  };
}

/** As much of the region as lies within the grid. */
function drawn(region: Region | undefined, shape: Vector3): { region?: Region } {
  if (!region) return {};
  const high = region.high.map((edge, axis) => Math.min(edge, shape[axis]!)) as Vector3;
  return region.low.every((first, axis) => first < high[axis]!) ? { region: { low: region.low, high } } : {};
}

/** The voxel of the file that a shown voxel is; (x, y, z). */
function fullVoxel(shown: Vector3, factors: Vector3): Vector3 {
  return shown.map((index, axis) => index * factors[axis]! + Math.floor((factors[axis]! - 1) / 2)) as Vector3;
}

/** With all voxels that the shown ones stand for; at the end, those behind the last as well. */
function fullRegion({ low, high }: Region, factors: Vector3, shape: Vector3, fullShape: Vector3): Region {
  return {
    low: low.map((index, axis) => index * factors[axis]!) as Vector3,
    high: high.map((index, axis) => (index >= shape[axis]! ? fullShape[axis]! : index * factors[axis]!)) as Vector3,
  };
}
