/** Says where a voxel lies in the body and on the screen: affines, anatomical planes, letters at the edges, display conventions. */
import { applyAffine, columnOf, identityAffine, inverseAffine, voxelEdgesMm } from '../../src/geometry/affine';
import { axesOf } from '../../src/geometry/axes';
import type { Affine, Vector3 } from '../../src/geometry/types';

export type Plane = 'axial' | 'coronal' | 'sagittal';
/** Radiological: the patient's left is at the right of the screen, as if one looked from the feet. */
export type Convention = 'radiological' | 'neurological';

export const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal'];

/** The displayed grid as the page counts: (x, y, z), where the host's SpaceGrid has the array's (z, y, x). */
export interface ShownGrid {
  affine: Affine;
  /** Voxels along x, y, z. */
  shape: Vector3;
}

/** One array axis as it lies on the screen. */
export interface ScreenAxis {
  /** 0, 1, 2 = x, y, z of the array. */
  axis: number;
  /** True where the voxel index falls in the screen's direction (right, down, or towards the next slice). */
  flipped: boolean;
  /** Voxels along it. */
  length: number;
  /** Distance of neighbouring voxels, mm. */
  spacingMm: number;
}

/** How a grid is shown in a plane: right and down on the screen, and from slice to slice. */
export interface SliceLayout {
  plane: Plane;
  right: ScreenAxis;
  down: ScreenAxis;
  /** Positive towards superior, anterior or right. */
  through: ScreenAxis;
}

interface EdgeLetters {
  left: string;
  right: string;
  top: string;
  bottom: string;
}

/** World -> voxel. A singular affine (a damaged header) gives the identity, so that the volume can still be looked at. */
export function inverseOf(affine: Affine): Affine {
  return inverseAffine(affine) ?? identityAffine;
}

export function toVoxel(affine: Affine, world: Readonly<Vector3>): Vector3 {
  return applyAffine(inverseOf(affine), world);
}

/** The voxel whose cell holds a point, or undefined outside the grid. */
export function voxelAt(grid: ShownGrid, world: Readonly<Vector3>): Vector3 | undefined {
  const voxel = toVoxel(grid.affine, world).map((value) => Math.round(value)) as Vector3;
  return voxel.every((value, axis) => value >= 0 && value < (grid.shape[axis] ?? 0)) ? voxel : undefined;
}

/** The voxel closest to a point: points outside are moved to the border. */
export function nearestVoxel(grid: ShownGrid, world: Readonly<Vector3>): Vector3 {
  return toVoxel(grid.affine, world).map((value, axis) =>
    Math.min(Math.max(Math.round(value), 0), Math.max((grid.shape[axis] ?? 1) - 1, 0)),
  ) as Vector3;
}

/** A point moved onto the grid, where it lies outside. */
export function insideGrid({ affine, shape }: ShownGrid, world: Readonly<Vector3>): Vector3 {
  const voxel = toVoxel(affine, world);
  if (voxel.every((value, axis) => value >= 0 && value <= (shape[axis] ?? 1) - 1)) return [...world];
  const inside = voxel.map((value, axis) => Math.min(Math.max(value, 0), (shape[axis] ?? 1) - 1));
  return applyAffine(affine, inside as Vector3);
}

export function centreOf(grid: ShownGrid): Vector3 {
  return applyAffine(grid.affine, grid.shape.map((length) => Math.floor(length / 2)) as Vector3);
}

/** Length of the voxel's edges, mm; 1 where the header gives none. */
export function spacingOf(affine: Affine): Vector3 {
  return voxelEdgesMm(affine).map((length) => length || 1) as Vector3;
}

const positive = ['R', 'A', 'S'];
const negative = ['L', 'P', 'I'];

/** The axis of space that runs through the slices of a plane. */
const normalSpace: Record<Plane, number> = { axial: 2, coronal: 1, sagittal: 0 };

/** Where right and down of the screen lie in the body: axis of space, and direction. */
function screenDirections(plane: Plane, convention: Convention): { right: [number, 1 | -1]; down: [number, 1 | -1] } {
  if (plane === 'sagittal') return { right: [1, -1], down: [2, -1] };
  const right: [number, 1 | -1] = [0, convention === 'radiological' ? -1 : 1];
  return { right, down: [plane === 'axial' ? 1 : 2, -1] };
}

/** How to show a grid in a plane, along its own voxels: an oblique scan is shown in its own slices, never resampled. */
export function sliceLayout(grid: ShownGrid, plane: Plane, convention: Convention): SliceLayout {
  const axes = axesOf(grid.affine);
  const spacing = spacingOf(grid.affine);
  const along = (space: number, sign: 1 | -1): ScreenAxis => {
    const axis = axes.findIndex((one) => one.space === space);
    return {
      axis,
      flipped: axes[axis]?.sign !== sign,
      length: grid.shape[axis] ?? 1,
      spacingMm: spacing[axis] ?? 1,
    };
  };
  const { right, down } = screenDirections(plane, convention);
  return { plane, right: along(...right), down: along(...down), through: along(normalSpace[plane], 1) };
}

/** The voxel index at a place on the screen axis, and back: both are the same mirror. */
export const mirrored = (axis: ScreenAxis, place: number): number => (axis.flipped ? axis.length - 1 - place : place);

/** Voxel shown at a pixel (column to the right, row downwards) of a slice; fractions stay fractions. */
export function voxelOfPixel(layout: SliceLayout, column: number, row: number, slice: number): Vector3 {
  const voxel: Vector3 = [0, 0, 0];
  voxel[layout.right.axis] = mirrored(layout.right, column);
  voxel[layout.down.axis] = mirrored(layout.down, row);
  voxel[layout.through.axis] = mirrored(layout.through, slice);
  return voxel;
}

export function pixelOfVoxel(
  layout: SliceLayout,
  voxel: Readonly<Vector3>,
): { column: number; row: number; slice: number } {
  return {
    column: mirrored(layout.right, voxel[layout.right.axis] ?? 0),
    row: mirrored(layout.down, voxel[layout.down.axis] ?? 0),
    slice: mirrored(layout.through, voxel[layout.through.axis] ?? 0),
  };
}

/** Letters for the four edges; an oblique direction gets two or three, the strongest first ("LP"). */
export function edgeLetters(grid: ShownGrid, layout: SliceLayout): EdgeLetters {
  const right = directionLetters(grid.affine, layout.right);
  const down = directionLetters(grid.affine, layout.down);
  return { right, left: opposite(right), bottom: down, top: opposite(down) };
}

/** A direction counts as oblique from about 17 degrees on. */
const obliqueFrom = 0.3;

function directionLetters(affine: Affine, { axis, flipped, spacingMm }: ScreenAxis): string {
  return columnOf(affine, axis)
    .map((value, space) => ({ cosine: (flipped ? -value : value) / spacingMm, space }))
    .filter(({ cosine }, _, all) => {
      const strongest = Math.max(...all.map((one) => Math.abs(one.cosine)));
      return Math.abs(cosine) === strongest || Math.abs(cosine) >= obliqueFrom;
    })
    .sort((a, b) => Math.abs(b.cosine) - Math.abs(a.cosine))
    .map(({ cosine, space }) => (cosine > 0 ? positive : negative)[space])
    .join('');
}

const opposites: Readonly<Record<string, string>> = { R: 'L', L: 'R', A: 'P', P: 'A', S: 'I', I: 'S' };
const opposite = (letters: string): string => [...letters].map((letter) => opposites[letter] ?? letter).join('');

/** True where two grids have the same voxels at the same places (to a hundredth of a voxel). */
export function sameGrid(a: ShownGrid, b: ShownGrid): boolean {
  if (!a.shape.every((length, axis) => length === b.shape[axis])) return false;
  const far = a.shape.map((length) => Math.max(length - 1, 0)) as Vector3;
  const points: Vector3[] = [[0, 0, 0], far, [far[0], 0, 0], [0, far[1], 0], [0, 0, far[2]]];
  const inverse = inverseOf(b.affine);
  return points.every((point) =>
    applyAffine(inverse, applyAffine(a.affine, point)).every(
      (value, axis) => Math.abs(value - (point[axis] ?? 0)) < 0.01,
    ),
  );
}
