/** Turns a grid in space from ITK's form (LPS, spacing and direction) into an affine (RAS) and back. */
import { column3, fromColumns, length3, linearPart, makeAffine, normalized, translation } from './matrix';
import type { Affine, Geometry, Vector3 } from './types';

/** LPS <-> RAS: the first two axes of space change their sign. */
const flip = (v: Vector3): Vector3 => [-v[0], -v[1], v[2]];

/** The grid with three axes: a 2D grid lies in the plane z = 0 and has a slice distance of 1 mm. */
export function asThreeDimensional(geometry: Geometry): Geometry {
  const { spacing, origin, direction } = geometry;
  const dimensions = spacing.length;
  if (dimensions === 3) return geometry;
  const entry = (row: number, column: number): number =>
    row < dimensions && column < dimensions ? (direction[row * dimensions + column] ?? 0) : row === column ? 1 : 0;
  return {
    spacing: [0, 1, 2].map((axis) => spacing[axis] ?? 1),
    origin: [0, 1, 2].map((axis) => origin[axis] ?? 0),
    direction: [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => entry(row, column))),
  };
}

/** Voxel -> RAS+ mm of a grid given in LPS. */
export function affineFromGeometry(geometry: Geometry): Affine {
  const { spacing, origin, direction } = asThreeDimensional(geometry);
  const columns = [0, 1, 2].map((axis) => {
    const step = spacing[axis] ?? 1;
    const [x, y, z] = column3(direction, axis);
    return flip([x * step, y * step, z * step]);
  });
  return positiveZeros(makeAffine(fromColumns(columns), flip(origin as Vector3)));
}

/** The grid of an affine whose columns are orthogonal; the spacing is the columns' length. */
export function geometryFromAffine(affine: Affine): Geometry {
  const linear = linearPart(affine);
  const columns = [0, 1, 2].map((axis) => column3(linear, axis));
  return {
    spacing: columns.map((column) => length3(column)),
    origin: flip(translation(affine)),
    direction: fromColumns(columns.map((column) => flip(normalized(column)))),
  };
}

/** -0 is a correct number, but a strange one to print. */
export function positiveZeros(affine: Affine): Affine {
  return affine.map((row) => row.map((value) => value + 0));
}
