/** The little linear algebra that image grids need: 3 x 3 matrices, row by row in arrays of 9. */
import type { Vector3 } from './types';

export type Matrix3 = number[];

export const identity3 = (): Matrix3 => [1, 0, 0, 0, 1, 0, 0, 0, 1];
const at = (matrix: ArrayLike<number>, row: number, column: number): number => matrix[3 * row + column] ?? 0;

export function multiply3(a: Matrix3, b: Matrix3): Matrix3 {
  const out = new Array<number>(9).fill(0);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++)
      out[3 * i + j] = at(a, i, 0) * at(b, 0, j) + at(a, i, 1) * at(b, 1, j) + at(a, i, 2) * at(b, 2, j);
  return out;
}

export function transpose3(m: Matrix3): Matrix3 {
  return [
    at(m, 0, 0),
    at(m, 1, 0),
    at(m, 2, 0),
    at(m, 0, 1),
    at(m, 1, 1),
    at(m, 2, 1),
    at(m, 0, 2),
    at(m, 1, 2),
    at(m, 2, 2),
  ];
}

export function column3(m: Matrix3, column: number): Vector3 {
  return [at(m, 0, column), at(m, 1, column), at(m, 2, column)];
}

export function fromColumns(columns: readonly Vector3[]): Matrix3 {
  return transpose3(columns.flat());
}

export function determinant3(m: Matrix3): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = m;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/** Undefined for a singular matrix. */
export function inverse3(m: Matrix3): Matrix3 | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = m;
  const determinant = determinant3(m);
  if (determinant === 0 || !Number.isFinite(determinant)) return undefined;
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ].map((value) => value / determinant);
}

/** Length in the same precision ITK and nibabel use: plain sum of squares. */
export function length3(v: readonly number[]): number {
  return Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
}

export function normalized(v: Vector3): Vector3 {
  const length = length3(v);
  return length === 0 ? v : [v[0] / length, v[1] / length, v[2] / length];
}

/** The matrix with columns of length 1; columns of zeros stay. */
export function normalizedColumns(m: Matrix3): Matrix3 {
  return fromColumns([0, 1, 2].map((i) => normalized(column3(m, i))));
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return largest;
}

/** True if the columns are orthogonal, whatever their lengths (tolerance as ITK's, 1e-4). */
export function hasOrthogonalColumns(m: Matrix3): boolean {
  const unit = normalizedColumns(m);
  return maxDifference(multiply3(unit, transpose3(unit)), identity3()) <= 1e-4;
}

/**
 * The orthonormal matrix closest to `m` (the rotation part of its polar decomposition), by Newton's iteration.
 * A singular matrix gives undefined.
 */
export function nearestOrthonormal(m: Matrix3): Matrix3 | undefined {
  let current = m;
  for (let step = 0; step < 100; step++) {
    const inverse = inverse3(current);
    if (!inverse) return undefined;
    const adjoint = transpose3(inverse);
    const next = current.map((value, i) => 0.5 * (value + (adjoint[i] ?? 0)));
    const change = maxDifference(next, current);
    current = next;
    if (change < 1e-15) break;
  }
  return current.every(Number.isFinite) ? current : undefined;
}
