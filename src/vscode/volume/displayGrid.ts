/** Chooses the grid on which a volume is shown: the file's own, or every n-th voxel where it would not fit the memory limit. */
import { t } from '@vscode/l10n';
import { applyAffine, linearPart, makeAffine, voxelEdgesMm } from '../../geometry/affine';
import type { SpaceGrid } from '../../geometry/grids';
import { hasOrthogonalColumns, inverse3 } from '../../geometry/matrix';
import type { Vector3, VoxelArray } from '../../geometry/types';
import type { ImageHeader } from '../../images/types';
import type { VolumeWarning } from '../../protocol/volume';

export interface DisplayGrid extends SpaceGrid {
  full: SpaceGrid;
  /** (x, y, z): every n-th voxel is shown. */
  factors: Vector3;
  /** First shown voxel per axis (x, y, z). */
  first: Vector3;
}

const textureEdge = 2048;

/** A grid that always has an inverse, and what had to be changed for it. */
export function usableGrid(header: Pick<ImageHeader, 'shape' | 'affine' | 'spacing'>): {
  grid: SpaceGrid;
  warnings: VolumeWarning[];
} {
  const { shape, affine, spacing } = header;
  const linear = linearPart(affine);
  const isFinite = affine.flat().every(Number.isFinite);
  if (!isFinite || !inverse3(linear)) {
    const [z, y, x] = spacing.map((step) => (step > 0 && Number.isFinite(step) ? step : 1)) as Vector3;
    const message = t('The header places the voxels nowhere (its matrix has no inverse): shown by spacing alone.');
    return {
      grid: { shape, affine: makeAffine([x, 0, 0, 0, y, 0, 0, 0, z], [0, 0, 0]) },
      warnings: [{ code: 'no-usable-affine', message }],
    };
  }
  const sheared = {
    code: 'sheared',
    message: t('The axes are not at right angles: distances in the picture are approximate.'),
  };
  return { grid: { shape, affine }, warnings: hasOrthogonalColumns(linear) ? [] : [sheared] };
}

/**
 * @param bytesPerVoxel  of the type in which voxels are sent
 * @param limitBytes     for one channel of one frame
 */
export function chooseDisplayGrid(grid: SpaceGrid, bytesPerVoxel: number, limitBytes: number): DisplayGrid {
  const factors = factorsFor(grid, bytesPerVoxel, limitBytes);
  const lengths = [...grid.shape].reverse() as Vector3;
  const first = factors.map((factor) => Math.floor((factor - 1) / 2)) as Vector3;
  const shown = lengths.map((length, axis) => shownLength(length, factors[axis]!, first[axis]!)) as Vector3;
  const linear = linearPart(grid.affine).map((value, i) => value * factors[i % 3]!);
  return {
    full: grid,
    factors,
    first,
    shape: [shown[2], shown[1], shown[0]],
    affine: makeAffine(linear, applyAffine(grid.affine, first)),
  };
}

function shownLength(length: number, factor: number, first: number): number {
  return Math.ceil((length - first) / factor);
}

/** Doubles the axis of the smallest step until the volume fits: voxels become more alike in shape, never less. */
function factorsFor({ shape, affine }: SpaceGrid, bytesPerVoxel: number, limitBytes: number): Vector3 {
  const lengths = [...shape].reverse() as Vector3;
  const steps = voxelEdgesMm(affine);
  const factors: Vector3 = [1, 1, 1];
  const shown = (): number[] =>
    lengths.map((length, axis) => shownLength(length, factors[axis]!, Math.floor((factors[axis]! - 1) / 2)));
  for (;;) {
    const now = shown();
    const tooLong = now.findIndex((length) => length > textureEdge);
    const bytes = now.reduce((product, length) => product * length, bytesPerVoxel);
    if (tooLong < 0 && (bytes <= limitBytes || now.every((length) => length <= 1))) return factors;
    const axis = tooLong >= 0 ? tooLong : finest(now, steps, factors);
    factors[axis] = factors[axis]! + 1;
  }
}

function finest(lengths: readonly number[], steps: readonly number[], factors: Vector3): number {
  const candidates = [0, 1, 2].filter((axis) => lengths[axis]! > 1);
  return candidates.reduce((best, axis) =>
    steps[axis]! * factors[axis]! < steps[best]! * factors[best]! * (1 - 1e-9) ? axis : best,
  );
}

export const isDownsampled = ({ factors }: DisplayGrid): boolean => factors.some((factor) => factor > 1);

/**
 * Shown slices of a full volume of one channel: a view where nothing is left out, otherwise a copy.
 * @param voxels  (z, y, x) on the full grid
 */
export function shownSlices<T extends VoxelArray>(voxels: T, grid: DisplayGrid, firstSlice: number, slices: number): T {
  const [, height, width] = grid.full.shape;
  const slice = width * height;
  if (!isDownsampled(grid)) return voxels.subarray(firstSlice * slice, (firstSlice + slices) * slice) as T;
  const [, shownHeight, shownWidth] = grid.shape;
  return shownPart(voxels, grid, [0, 0, firstSlice], [shownWidth, shownHeight, slices]);
}

/** A copy of a box of the displayed grid. @param low  its first voxel; (x, y, z) as `shape` */
export function shownPart<T extends VoxelArray>(voxels: T, grid: DisplayGrid, low: Vector3, shape: Vector3): T {
  const [, height, width] = grid.full.shape;
  const [stepX, stepY, stepZ] = grid.factors;
  const [x0, y0, z0] = grid.first.map((first, axis) => first + low[axis]! * grid.factors[axis]!) as Vector3;
  const out = new (voxels.constructor as new (length: number) => T)(shape[0] * shape[1] * shape[2]);
  let target = 0;
  for (let k = 0; k < shape[2]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      let source = ((z0 + k * stepZ) * height + y0 + j * stepY) * width + x0;
      for (let i = 0; i < shape[0]; i++, source += stepX) out[target++] = voxels[source] as number;
    }
  }
  return out;
}

/** The voxel of the displayed grid that is closest to one of the full grid; (x, y, z). */
export function toShownVoxel(grid: DisplayGrid, voxel: Readonly<Vector3>): Vector3 {
  const lengths = [...grid.shape].reverse();
  return voxel.map((index, axis) =>
    Math.min(Math.max(Math.round((index - grid.first[axis]!) / grid.factors[axis]!), 0), lengths[axis]! - 1),
  ) as Vector3;
}

/** Runs of slices of about this size, the middle of the volume first: what is looked at first comes first. */
export function slabOrder(
  slices: number,
  bytesPerSlice: number,
  slabBytes = 16 * 2 ** 20,
): [first: number, count: number][] {
  const count = Math.max(1, Math.floor(slabBytes / Math.max(1, bytesPerSlice)));
  const slabs: [number, number][] = [];
  for (let first = 0; first < slices; first += count) slabs.push([first, Math.min(count, slices - first)]);
  const middle = slices / 2;
  const distance = ([first, length]: [number, number]): number => Math.abs(first + length / 2 - middle);
  return slabs.sort((a, b) => distance(a) - distance(b));
}
