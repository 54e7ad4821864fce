/** Turns volumes so that their axes run along the body's axes (R, A, S …), and back: only permuting and flipping, never interpolating. */
import { applyAffine, columnOf, makeAffine, positiveZeros } from './affine';
import { column3, fromColumns } from './matrix';
import type { Affine, Geometry, Shape4, Vector3, VoxelArray } from './types';

/** How to build each axis (x, y, z) of the result: from which axis of the source, and whether it runs backwards. */
export type Reorientation = { from: number; flipped: boolean }[];

/** The axis of space that a letter names. */
const spaceAxis: Readonly<Record<string, number>> = { L: 0, R: 0, P: 1, A: 1, S: 2, I: 2 };

/** The reorientation that turns axes named `from` (e.g. "LPS") into axes named `to`. */
export function reorientationBetween(from: string, to: string): Reorientation {
  return [...to].map((letter) => {
    const source = [...from].findIndex((candidate) => spaceAxis[candidate] === spaceAxis[letter]);
    return { from: source, flipped: from[source] !== letter };
  });
}

export function isIdentity(turn: Reorientation): boolean {
  return turn.every(({ from, flipped }, axis) => from === axis && !flipped);
}

/**
 * @param voxels  (c, z, y, x)
 * @returns a new array, or `voxels` itself if nothing has to move
 */
export function reorientVoxels<T extends VoxelArray>(
  voxels: T,
  shape: Shape4,
  turn: Reorientation,
): { voxels: T; shape: Shape4 } {
  if (isIdentity(turn)) return { voxels, shape };
  const [channels, depth, height, width] = shape;
  const lengths = [width, height, depth];
  const strides = [1, width, width * height];
  const [x, y, z] = turn.map(({ from, flipped }) => {
    const [length = 1, stride = 1] = [lengths[from], strides[from]];
    return { length, step: flipped ? -stride : stride, start: flipped ? (length - 1) * stride : 0 };
  }) as [Walk, Walk, Walk];
  const out = new (voxels.constructor as new (length: number) => T)(voxels.length);
  let target = 0;
  for (let c = 0; c < channels; c++) {
    const base = c * depth * height * width + x.start + y.start + z.start;
    for (let k = 0; k < z.length; k++) {
      for (let j = 0; j < y.length; j++) {
        let source = base + k * z.step + j * y.step;
        for (let i = 0; i < x.length; i++, source += x.step) out[target++] = voxels[source] as number;
      }
    }
  }
  return { voxels: out, shape: [channels, z.length, y.length, x.length] };
}

interface Walk {
  length: number;
  step: number;
  start: number;
}

/** First voxel of the turned array, in voxels of the source. */
function firstVoxel(turn: Reorientation, shape: Shape4): Vector3 {
  const lengths = [shape[3], shape[2], shape[1]];
  const voxel: Vector3 = [0, 0, 0];
  for (const { from, flipped } of turn) voxel[from] = flipped ? (lengths[from] ?? 1) - 1 : 0;
  return voxel;
}

/** The affine of the turned array. `shape` is the source's. */
export function reorientAffine(affine: Affine, shape: Shape4, turn: Reorientation): Affine {
  if (isIdentity(turn)) return affine;
  const columns = turn.map(({ from, flipped }) => columnOf(affine, from).map((v) => (flipped ? -v : v)) as Vector3);
  return positiveZeros(makeAffine(fromColumns(columns), applyAffine(affine, firstVoxel(turn, shape))));
}

/** The grid of the turned array. `shape` is the source's. */
export function reorientGeometry(geometry: Geometry, shape: Shape4, turn: Reorientation): Geometry {
  if (isIdentity(turn)) return geometry;
  const { spacing, origin, direction } = geometry;
  const voxel = firstVoxel(turn, shape);
  const columns = [0, 1, 2].map((axis) => column3(direction, axis));
  return {
    spacing: turn.map(({ from }) => spacing[from] ?? 1),
    origin: [0, 1, 2].map((row) =>
      columns.reduce(
        (sum, column, axis) => sum + (column[row] ?? 0) * (spacing[axis] ?? 1) * (voxel[axis] ?? 0),
        origin[row] ?? 0,
      ),
    ),
    direction: fromColumns(
      turn.map(({ from, flipped }) => (columns[from] ?? [0, 0, 0]).map((v) => (flipped ? -v : v)) as Vector3),
    ),
  };
}
