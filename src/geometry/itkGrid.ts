/** Turns a grid in space from ITK's form (LPS, spacing and direction) into an affine (RAS) and back. */
import { linearPart, makeAffine, positiveZeros, translation } from './affine';
import { column3, fromColumns, length3, normalized } from './matrix';
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
  return affineOf(geometry, ([x, y, z], step) => [x * step, y * step, z * step]);
}

/**
 * The same in single precision, as NIfTI stores it, so that ITK gets the very directions back: it normalises the stored
 * columns, and among the neighbours of the rounded column there is usually the one that the direction was made from.
 */
export function singlePrecisionAffine(geometry: Geometry): Affine {
  return affineOf(geometry, storedColumn).map((row) => row.map(Math.fround));
}

function affineOf(geometry: Geometry, scale: (direction: Vector3, step: number) => Vector3): Affine {
  const { spacing, origin, direction } = asThreeDimensional(geometry);
  const columns = [0, 1, 2].map((axis) => flip(scale(column3(direction, axis), spacing[axis] ?? 1)));
  return positiveZeros(makeAffine(fromColumns(columns), flip(origin as Vector3)));
}

function storedColumn(direction: Vector3, step: number): Vector3 {
  const rounded = direction.map((cosine) => Math.fround(cosine * step)) as Vector3;
  const isExact = (column: Vector3): boolean => normalized(column).every((cosine, i) => cosine === direction[i]);
  if (isExact(rounded)) return rounded;
  const [xs, ys, zs] = rounded.map(neighbours) as [number[], number[], number[]];
  for (const x of xs) for (const y of ys) for (const z of zs) if (isExact([x, y, z])) return [x, y, z];
  return rounded;
}

/** The single-precision numbers up to two steps away; 0 is alone. */
function neighbours(value: number): number[] {
  if (value === 0) return [0];
  const number = Float32Array.of(value);
  const bits = new Int32Array(number.buffer);
  const centre = bits[0] ?? 0;
  return [0, -1, 1, -2, 2].map((steps) => {
    bits[0] = centre + steps;
    return number[0] ?? value;
  });
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
