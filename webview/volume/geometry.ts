/** Says where a voxel lies in the body and on the screen: affines, anatomical planes, letters at the edges, display conventions. */

/** Voxel (x, y, z) -> RAS+ mm; four rows of four. */
export type Affine = readonly (readonly number[])[];
export type Vector3 = [number, number, number];
export type Plane = 'axial' | 'coronal' | 'sagittal';
/** Radiological: the patient's left is at the right of the screen, as if one looked from the feet. */
export type Convention = 'radiological' | 'neurological';

export const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal'];

/** A grid of voxels in space. */
export interface Grid {
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

export interface EdgeLetters {
  left: string;
  right: string;
  top: string;
  bottom: string;
}

const entry = (affine: Affine, row: number, column: number): number =>
  affine[row]?.[column] ?? (row === column ? 1 : 0);

export function columnOf(affine: Affine, column: number): Vector3 {
  return [entry(affine, 0, column), entry(affine, 1, column), entry(affine, 2, column)];
}

export const lengthOf = (v: readonly number[]): number => Math.hypot(...v);

/** Where a voxel lies, RAS mm. Voxel coordinates are those of voxel centres. */
export function toWorld(affine: Affine, voxel: Readonly<Vector3>): Vector3 {
  return [0, 1, 2].map(
    (row) =>
      entry(affine, row, 0) * voxel[0] +
      entry(affine, row, 1) * voxel[1] +
      entry(affine, row, 2) * voxel[2] +
      entry(affine, row, 3),
  ) as Vector3;
}

/** World -> voxel. A singular affine (a damaged header) gives the identity, so that the volume can still be looked at. */
export function inverseOf(affine: Affine): Affine {
  const m = (row: number, column: number): number => entry(affine, row, column);
  const cofactor = (row: number, column: number): number => {
    const [r1, r2] = [(row + 1) % 3, (row + 2) % 3];
    const [c1, c2] = [(column + 1) % 3, (column + 2) % 3];
    return m(r1, c1) * m(r2, c2) - m(r1, c2) * m(r2, c1);
  };
  const determinant = [0, 1, 2].reduce((sum, column) => sum + m(0, column) * cofactor(0, column), 0);
  if (!Number.isFinite(determinant) || determinant === 0) return identityAffine;
  const rows = [0, 1, 2].map((row) => [0, 1, 2].map((column) => cofactor(column, row) / determinant));
  return [
    ...rows.map((row) => [...row, -row.reduce((sum, value, column) => sum + value * m(column, 3), 0) + 0]),
    [0, 0, 0, 1],
  ];
}

/** Of a voxel, mm³; negative where the axes are left-handed in RAS+, such as LAS. */
export function determinantOf(affine: Affine): number {
  const [a, b, c] = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)];
  const cross = [0, 1, 2].map(
    (i) => (a[(i + 1) % 3] ?? 0) * (b[(i + 2) % 3] ?? 0) - (a[(i + 2) % 3] ?? 0) * (b[(i + 1) % 3] ?? 0),
  );
  return cross.reduce((sum, value, i) => sum + value * (c[i] ?? 0), 0);
}

export const handedness = (affine: Affine): number => Math.sign(determinantOf(affine));

export const identityAffine: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** First b, then a. */
export function compose(a: Affine, b: Affine): Affine {
  return [0, 1, 2, 3].map((row) =>
    [0, 1, 2, 3].map((column) => [0, 1, 2, 3].reduce((sum, k) => sum + entry(a, row, k) * entry(b, k, column), 0)),
  );
}

export function toVoxel(affine: Affine, world: Readonly<Vector3>): Vector3 {
  return toWorld(inverseOf(affine), world);
}

/** The voxel whose cell holds a point, or undefined outside the grid. */
export function voxelAt(grid: Grid, world: Readonly<Vector3>): Vector3 | undefined {
  const voxel = toVoxel(grid.affine, world).map((value) => Math.round(value)) as Vector3;
  return voxel.every((value, axis) => value >= 0 && value < (grid.shape[axis] ?? 0)) ? voxel : undefined;
}

/** The voxel closest to a point: points outside are moved to the border. */
export function nearestVoxel(grid: Grid, world: Readonly<Vector3>): Vector3 {
  return toVoxel(grid.affine, world).map((value, axis) =>
    Math.min(Math.max(Math.round(value), 0), Math.max((grid.shape[axis] ?? 1) - 1, 0)),
  ) as Vector3;
}

/** A point moved onto the grid, where it lies outside. */
export function insideGrid({ affine, shape }: Grid, world: Readonly<Vector3>): Vector3 {
  const voxel = toVoxel(affine, world);
  if (voxel.every((value, axis) => value >= 0 && value <= (shape[axis] ?? 1) - 1)) return [...world];
  const inside = voxel.map((value, axis) => Math.min(Math.max(value, 0), (shape[axis] ?? 1) - 1));
  return toWorld(affine, inside as Vector3);
}

export function centreOf(grid: Grid): Vector3 {
  return toWorld(grid.affine, grid.shape.map((length) => Math.floor(length / 2)) as Vector3);
}

/** Length of the voxel's edges, mm; 1 where the header gives none. */
export function spacingOf(affine: Affine): Vector3 {
  return [0, 1, 2].map((axis) => lengthOf(columnOf(affine, axis)) || 1) as Vector3;
}

/** Per array axis: the axis of space (R, A, S) it follows most closely, each used once, and the direction. */
export function dominantAxes(affine: Affine): { space: number; sign: 1 | -1 }[] {
  const spacing = spacingOf(affine);
  const entries = [0, 1, 2].flatMap((axis) =>
    columnOf(affine, axis).map((value, space) => ({ value: value / (spacing[axis] ?? 1), space, axis })),
  );
  entries.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const found: { space: number; sign: 1 | -1 }[] = [];
  const used = new Set<number>();
  for (const { value, space, axis } of entries) {
    if (used.has(space) || found[axis]) continue;
    found[axis] = { space, sign: value < 0 ? -1 : 1 };
    used.add(space);
  }
  return found;
}

/** nibabel's axis codes, e.g. "RAS" for the identity. */
export function axisCodes(affine: Affine): string {
  return dominantAxes(affine)
    .map(({ space, sign }) => (sign > 0 ? positive : negative)[space])
    .join('');
}

/** The largest angle between an array axis and the axis of the body it follows, degrees; 0 for a straight scan. */
export function obliquenessDegrees(affine: Affine): number {
  const spacing = spacingOf(affine);
  const angles = dominantAxes(affine).map(({ space }, axis) =>
    Math.acos(Math.min(1, Math.abs((columnOf(affine, axis)[space] ?? 0) / (spacing[axis] ?? 1)))),
  );
  return (Math.max(...angles) * 180) / Math.PI;
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
export function sliceLayout(grid: Grid, plane: Plane, convention: Convention): SliceLayout {
  const axes = dominantAxes(grid.affine);
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
export function edgeLetters(grid: Grid, layout: SliceLayout): EdgeLetters {
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

/** The smallest grid along the body's own axes that holds a grid, with its finest spacing: for looking at oblique scans straight on. */
export function straightGrid(grid: Grid): Grid {
  const step = Math.min(...spacingOf(grid.affine));
  const corners = [0, 1].flatMap((x) =>
    [0, 1].flatMap((y) =>
      [0, 1].map((z) => {
        const corner = [x, y, z].map((end, axis) => (end ? (grid.shape[axis] ?? 1) - 1 : 0)) as Vector3;
        return toWorld(grid.affine, corner);
      }),
    ),
  );
  const low = [0, 1, 2].map((axis) => Math.min(...corners.map((corner) => corner[axis] ?? 0)));
  const high = [0, 1, 2].map((axis) => Math.max(...corners.map((corner) => corner[axis] ?? 0)));
  const shape = low.map((value, axis) =>
    Math.max(1, Math.ceil(((high[axis] ?? 0) - value) / step - 1e-6) + 1),
  ) as Vector3;
  return {
    shape,
    affine: [
      ...low.map((value, row) => [0, 1, 2].map((column) => (row === column ? step : 0)).concat(value)),
      [0, 0, 0, 1],
    ],
  };
}

/** True where two grids have the same voxels at the same places (to a hundredth of a voxel). */
export function sameGrid(a: Grid, b: Grid): boolean {
  if (!a.shape.every((length, axis) => length === b.shape[axis])) return false;
  const far = a.shape.map((length) => Math.max(length - 1, 0)) as Vector3;
  const points: Vector3[] = [[0, 0, 0], far, [far[0], 0, 0], [0, far[1], 0], [0, 0, far[2]]];
  const inverse = inverseOf(b.affine);
  return points.every((point) =>
    toWorld(inverse, toWorld(a.affine, point)).every((value, axis) => Math.abs(value - (point[axis] ?? 0)) < 0.01),
  );
}
