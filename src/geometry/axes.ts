/** Which way does each axis of a grid run in the body? As nibabel (RAS) and as ITK (LPS) say it. */
import { linearPart } from './affine';
import { nearestOrthonormal, normalizedColumns } from './matrix';
import type { Affine, Geometry } from './types';

/** Letters towards which an axis of positive direction runs, per axis of space: [positive, negative]. */
const lpsLetters = ['LR', 'PA', 'SI'];
const rasLetters = ['RL', 'AP', 'SI'];

/** ITK's orientation of a grid, e.g. "LPS" for an identity direction: the letters say where the axes run TO. */
export function orientationOf(geometry: Geometry): string {
  return letters(dominantAxes(geometry.direction), lpsLetters);
}

/** nibabel's axis codes of an affine (voxel -> RAS), e.g. "RAS" for the identity. */
export function axisCodes(affine: Affine): string {
  return letters(axesOf(affine), rasLetters);
}

/** Per axis of the array: the axis of space (R, A, S) it follows most closely. */
export function axesOf(affine: Affine): FollowedAxis[] {
  const unit = normalizedColumns(linearPart(affine));
  return dominantAxes(nearestOrthonormal(unit) ?? unit);
}

/** The axis of space that an axis of the array follows (each followed by one), forwards or backwards. */
interface FollowedAxis {
  space: number;
  sign: 1 | -1;
}

function dominantAxes(matrix: readonly number[]): FollowedAxis[] {
  const entries = matrix.map((value, i) => ({ value, space: Math.floor(i / 3), axis: i % 3 }));
  entries.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const found: FollowedAxis[] = [];
  const usedSpace = new Set<number>();
  for (const { value, space, axis } of entries) {
    if (usedSpace.has(space) || found[axis]) continue;
    found[axis] = { space, sign: value < 0 ? -1 : 1 };
    usedSpace.add(space);
  }
  return found;
}

function letters(axes: readonly FollowedAxis[], names: readonly string[]): string {
  return axes.map(({ space, sign }) => names[space]?.[sign > 0 ? 0 : 1] ?? '?').join('');
}
