/** Where does a voxel lie, and which voxel lies at a place? Affines from voxels (x, y, z) to millimetres, and their inverses. */
import { column3, determinant3, inverse3, length3, multiply3, type Matrix3 } from './matrix';
import type { Affine, Vector3 } from './types';

export const identityAffine: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

export function linearPart(affine: Affine): Matrix3 {
  return [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => affine[row]?.[column] ?? 0));
}

export function translation(affine: Affine): Vector3 {
  return [affine[0]?.[3] ?? 0, affine[1]?.[3] ?? 0, affine[2]?.[3] ?? 0];
}

export function makeAffine(linear: Matrix3, offset: Vector3): Affine {
  const rows = [0, 1, 2].map((row) => [...linear.slice(3 * row, 3 * row + 3), offset[row] ?? 0]);
  return [...rows, [0, 0, 0, 1]];
}

/** Where the voxel (x, y, z) lies. */
export function applyAffine(affine: Affine, voxel: Readonly<Vector3>): Vector3 {
  return [0, 1, 2].map((row) => {
    const [a = 0, b = 0, c = 0, d = 0] = affine[row] ?? [];
    return a * voxel[0] + b * voxel[1] + c * voxel[2] + d;
  }) as Vector3;
}

/** Undefined for one that places all voxels in a plane, as damaged headers do. */
export function inverseAffine(affine: Affine): Affine | undefined {
  const inverse = inverse3(linearPart(affine));
  if (!inverse) return undefined;
  const [x, y, z] = applyAffine(makeAffine(inverse, [0, 0, 0]), translation(affine));
  return positiveZeros(makeAffine(inverse, [-x, -y, -z]));
}

/** First b, then a. */
export function compose(a: Affine, b: Affine): Affine {
  return makeAffine(multiply3(linearPart(a), linearPart(b)), applyAffine(a, translation(b)));
}

/** Of a voxel, mm³; negative where the axes are left-handed in RAS+, such as LAS. */
export function determinantOf(affine: Affine): number {
  return determinant3(linearPart(affine));
}

/** The step from one voxel to the next along an axis of the array. */
export function columnOf(affine: Affine, axis: number): Vector3 {
  return column3(linearPart(affine), axis);
}

/** Length of the voxel's edges (x, y, z), mm. */
export function voxelEdgesMm(affine: Affine): Vector3 {
  return [0, 1, 2].map((axis) => length3(columnOf(affine, axis))) as Vector3;
}

/** -0 is a correct number, but a strange one to print. */
export function positiveZeros(affine: Affine): Affine {
  return affine.map((row) => row.map((value) => value + 0));
}
