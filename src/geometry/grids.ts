/** How do two grids in space lie to each other: how far apart, and are they one grid that is stored in other directions? */
import { applyAffine, linearPart, voxelEdgesMm } from './affine';
import { column3, inverse3, length3, multiply3 } from './matrix';
import { isIdentity, reorientAffine, type Reorientation } from './reorientation';
import type { Affine, Shape3, Vector3 } from './types';

export interface SpaceGrid {
  /** (z, y, x) */
  shape: Shape3;
  /** Voxel (x, y, z) -> RAS mm. */
  affine: Affine;
}

/** Up to this part of a voxel, headers of one grid differ by rounding. */
const sameGridVoxels = 0.1;

/**
 * Greatest distance between a corner of one grid and the same corner of the other.
 * @returns in units of the smallest voxel edge of `b`
 */
export function gridDistance(a: SpaceGrid, b: SpaceGrid): number {
  return gridDistanceMm(a, b) / Math.min(...voxelEdgesMm(b.affine));
}

export function gridDistanceMm(a: SpaceGrid, b: SpaceGrid): number {
  const [z, y, x] = b.shape;
  let greatest = 0;
  for (const corner of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const voxel: Vector3 = [corner & 1 ? x - 1 : 0, corner & 2 ? y - 1 : 0, corner & 4 ? z - 1 : 0];
    const [here, there] = [applyAffine(a.affine, voxel), applyAffine(b.affine, voxel)];
    greatest = Math.max(greatest, length3(here.map((mm, axis) => mm - there[axis]!)));
  }
  return greatest;
}

/**
 * How a volume on `from` has to be permuted and flipped to lie voxel on voxel on `onto`.
 * @returns undefined where no such turn does: `from` is another grid
 */
export function turnOnto(onto: SpaceGrid, from: SpaceGrid): Reorientation | undefined {
  if (String(onto.shape) === String(from.shape) && gridDistanceMm(onto, from) === 0) return unturned;
  const turn = nearestTurn(onto, from);
  if (!turn) return undefined;
  const turned = turnedGrid(from, turn);
  const isSame = String(turned.shape) === String(onto.shape) && gridDistance(turned, onto) <= sameGridVoxels;
  return isSame ? turn : undefined;
}

const unturned: Reorientation = [0, 1, 2].map((from) => ({ from, flipped: false }));

/** Per axis of `onto`: the axis of `from` that runs along it. */
function nearestTurn(onto: SpaceGrid, from: SpaceGrid): Reorientation | undefined {
  const inverse = inverse3(linearPart(from.affine));
  if (!inverse) return undefined;
  // Column i: the step along axis i of `onto`, in voxels of `from`.
  const steps = multiply3(inverse, linearPart(onto.affine));
  const turn = [0, 1, 2].map((axis) => {
    const step = column3(steps, axis);
    const sizes = step.map(Math.abs);
    const along = sizes.indexOf(Math.max(...sizes));
    return { from: along, flipped: step[along]! < 0 };
  });
  return new Set(turn.map(({ from: axis }) => axis)).size === 3 ? turn : undefined;
}

function turnedGrid({ shape, affine }: SpaceGrid, turn: Reorientation): SpaceGrid {
  if (isIdentity(turn)) return { shape, affine };
  const lengths = [...shape].reverse();
  return {
    shape: turn.map(({ from }) => lengths[from]!).reverse() as Shape3,
    affine: reorientAffine(affine, [1, ...shape], turn),
  };
}

/** As nnU-Net compares spacings: numpy's allclose. */
export function sameSpacing(a: readonly number[], b: readonly number[]): boolean {
  return a.every((mm, i) => Math.abs(mm - b[i]!) <= 1e-8 + 1e-5 * Math.abs(b[i]!));
}
