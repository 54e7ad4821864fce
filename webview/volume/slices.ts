/** Cuts slices out of volumes and paints them: intensities through a window, labels in their colours, outlines as paths. */
import { applyAffine, compose } from '../../src/geometry/affine';
import type { Vector3 } from '../../src/geometry/types';
import type { Colour } from './colours';
import { inverseOf, mirrored, sameGrid, voxelOfPixel, type ShownGrid, type SliceLayout } from './geometry';

export type Voxels =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** One channel of an image, or a segmentation. x runs fastest. */
export interface Layer {
  grid: ShownGrid;
  voxels: Voxels;
}

/** Intensities that become black and white. */
export interface Window {
  low: number;
  high: number;
}

/** A slice as it lies on the screen: row by row from the top, `width` to a row. Outside of the layer: NaN. */
export interface Slice {
  width: number;
  height: number;
  values: Float32Array;
}

/**
 * @param display  grid that is shown; layers on another grid are sampled at its voxel centres
 * @param smooth   trilinear between the voxels of another grid (images); labels take the nearest voxel
 */
export function cutSlice(layer: Layer, display: ShownGrid, layout: SliceLayout, slice: number, smooth = false): Slice {
  const width = layout.right.length;
  const height = layout.down.length;
  const values = new Float32Array(width * height);
  if (sameGrid(layer.grid, display)) copyVoxels(layer, layout, slice, values);
  else sampleVoxels(layer, display, layout, slice, smooth, values);
  return { width, height, values };
}

function copyVoxels({ grid, voxels }: Layer, layout: SliceLayout, slice: number, out: Float32Array): void {
  const strides = [1, grid.shape[0], grid.shape[0] * grid.shape[1]];
  const { right, down, through } = layout;
  const step = (strides[right.axis] ?? 1) * (right.flipped ? -1 : 1);
  const rowStep = (strides[down.axis] ?? 1) * (down.flipped ? -1 : 1);
  const start = [right, down].reduce(
    (sum, axis) => sum + mirrored(axis, 0) * (strides[axis.axis] ?? 1),
    mirrored(through, slice) * (strides[through.axis] ?? 1),
  );
  let target = 0;
  for (let row = 0; row < down.length; row++) {
    let source = start + row * rowStep;
    for (let column = 0; column < right.length; column++, source += step) out[target++] = voxels[source] ?? NaN;
  }
}

function sampleVoxels(
  { grid, voxels }: Layer,
  display: ShownGrid,
  layout: SliceLayout,
  slice: number,
  smooth: boolean,
  out: Float32Array,
): void {
  const map = compose(inverseOf(grid.affine), display.affine);
  const at = (column: number, row: number): Vector3 => applyAffine(map, voxelOfPixel(layout, column, row, slice));
  const start = at(0, 0);
  const minus = (a: Vector3): Vector3 => a.map((value, axis) => value - (start[axis] ?? 0)) as Vector3;
  const [stepX, stepY, stepZ] = minus(at(1, 0));
  const rowStep = minus(at(0, 1));
  const read = smooth ? trilinear : nearest;
  let target = 0;
  for (let row = 0; row < layout.down.length; row++) {
    let x = start[0] + row * rowStep[0];
    let y = start[1] + row * rowStep[1];
    let z = start[2] + row * rowStep[2];
    for (let column = 0; column < layout.right.length; column++, x += stepX, y += stepY, z += stepZ)
      out[target++] = read(voxels, grid.shape, x, y, z);
  }
}

type Read = (voxels: Voxels, shape: Vector3, x: number, y: number, z: number) => number;

const nearest: Read = (voxels, [nx, ny, nz], x, y, z) => {
  const i = Math.round(x);
  const j = Math.round(y);
  const k = Math.round(z);
  if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return NaN;
  return voxels[(k * ny + j) * nx + i] ?? NaN;
};

const trilinear: Read = (voxels, [nx, ny, nz], x, y, z) => {
  if (x < -0.5 || y < -0.5 || z < -0.5 || x > nx - 0.5 || y > ny - 0.5 || z > nz - 0.5) return NaN;
  const cx = Math.min(Math.max(x, 0), nx - 1);
  const cy = Math.min(Math.max(y, 0), ny - 1);
  const cz = Math.min(Math.max(z, 0), nz - 1);
  const i = Math.min(Math.floor(cx), Math.max(nx - 2, 0));
  const j = Math.min(Math.floor(cy), Math.max(ny - 2, 0));
  const k = Math.min(Math.floor(cz), Math.max(nz - 2, 0));
  const dx = nx > 1 ? 1 : 0;
  const dy = ny > 1 ? nx : 0;
  const dz = nz > 1 ? nx * ny : 0;
  const base = (k * ny + j) * nx + i;
  const v = (offset: number): number => voxels[base + offset] ?? NaN;
  const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
  const [fx, fy, fz] = [cx - i, cy - j, cz - k];
  const near = mix(mix(v(0), v(dx), fx), mix(v(dy), v(dx + dy), fx), fy);
  const far = mix(mix(v(dz), v(dx + dz), fx), mix(v(dy + dz), v(dx + dy + dz), fx), fy);
  return mix(near, far, fz);
};

/** Grey levels: `low` and below black, `high` and above white; not a number and outside are left clear. */
export function paintIntensities({ values }: Slice, { low, high }: Window, rgba: Uint8ClampedArray): void {
  const scale = high > low ? 255 / (high - low) : 0;
  for (let i = 0, target = 0; i < values.length; i++, target += 4) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) {
      rgba[target + 3] = 0;
      continue;
    }
    const grey = scale > 0 ? (value - low) * scale : value > low ? 255 : 0;
    rgba[target] = grey;
    rgba[target + 1] = grey;
    rgba[target + 2] = grey;
    rgba[target + 3] = 255;
  }
}

/** Three slices as red, green and blue. */
export function paintColours(slices: readonly Slice[], window: Window, rgba: Uint8ClampedArray): void {
  const scale = window.high > window.low ? 255 / (window.high - window.low) : 0;
  const length = slices[0]?.values.length ?? 0;
  for (let i = 0, target = 0; i < length; i++, target += 4) {
    let isInside = false;
    for (let channel = 0; channel < 3; channel++) {
      const value = slices[channel]?.values[i] ?? NaN;
      isInside ||= !Number.isNaN(value);
      rgba[target + channel] = (value - window.low) * scale;
    }
    rgba[target + 3] = isInside ? 255 : 0;
  }
}

/** How one label is drawn. */
export interface LabelStyle {
  colour: Colour;
  /** 0 to 1. */
  opacity: number;
  isVisible: boolean;
}

/** Fills labels with their colours; label 0, hidden labels and outside stay clear. */
export function paintLabels({ values }: Slice, styleOf: (label: number) => LabelStyle, rgba: Uint8ClampedArray): void {
  const styles = new Map<number, LabelStyle>();
  let last = NaN;
  let style: LabelStyle | undefined;
  for (let i = 0, target = 0; i < values.length; i++, target += 4) {
    const label = values[i] ?? NaN;
    if (!(label !== 0) || Number.isNaN(label)) {
      rgba[target + 3] = 0;
      continue;
    }
    if (label !== last) {
      last = label;
      style = styles.get(label) ?? styleOf(label);
      styles.set(label, style);
    }
    if (!style?.isVisible) {
      rgba[target + 3] = 0;
      continue;
    }
    rgba[target] = style.colour[0];
    rgba[target + 1] = style.colour[1];
    rgba[target + 2] = style.colour[2];
    rgba[target + 3] = style.opacity * 255;
  }
}

/**
 * Borders of every label along the pixels' edges, as lines [x1, y1, x2, y2, …] in pixels of the slice (0 = left edge of the first pixel).
 * Straight runs are joined, so that a slice of 512 x 512 stays a few thousand lines.
 */
export function labelOutlines({ width, height, values }: Slice): Map<number, number[]> {
  const lines = new Map<number, number[]>();
  const at = (column: number, row: number): number => {
    if (column < 0 || row < 0 || column >= width || row >= height) return 0;
    const label = values[row * width + column] ?? 0;
    return Number.isNaN(label) ? 0 : label;
  };
  const add = (label: number, line: [number, number, number, number]): void => {
    const list = lines.get(label);
    if (list) list.push(...line);
    else lines.set(label, [...line]);
  };
  // For each edge between two rows (then columns): runs of the same label whose neighbour differs.
  const scan = (
    count: number,
    length: number,
    pixel: (edge: number, place: number) => number,
    isRow: boolean,
  ): void => {
    for (let edge = 0; edge <= count; edge++) {
      for (const side of [0, -1]) {
        let from = -1;
        let label = 0;
        for (let place = 0; place <= length; place++) {
          const mine = place < length ? pixel(edge + side, place) : 0;
          const other = place < length ? pixel(edge - 1 - side, place) : 0;
          const here = mine !== other ? mine : 0;
          if (here === label) continue;
          if (label !== 0) add(label, isRow ? [from, edge, place, edge] : [edge, from, edge, place]);
          label = here;
          from = place;
        }
      }
    }
  };
  scan(height, width, (row, column) => at(column, row), true);
  scan(width, height, (column, row) => at(column, row), false);
  return lines;
}
