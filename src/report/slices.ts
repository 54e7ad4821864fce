/** Which slices of a case show best where a mask goes wrong, and what of them is worth showing? Pure functions on voxels. */
import type { Shape3, Vector3 } from '../geometry/types';

interface CaseVoxels {
  shape: Readonly<Shape3>;
  spacing: Readonly<Vector3>;
  reference: Float32Array;
  prediction: Float32Array;
  /** Absent where the image is not known. */
  image?: Float32Array;
}

/** One slice, row by row, as it is shown. */
export interface Slice {
  name: string;
  width: number;
  height: number;
  /** Of a pixel. */
  pixelWidth: number;
  pixelHeight: number;
  reference: Float32Array;
  prediction: Float32Array;
  image?: Float32Array;
}

/** Three planes through the largest error, of a picture the one that there is; cut to what is marked, with room around it. */
export function slicesOf(voxels: CaseVoxels): Slice[] {
  const at = largestError(voxels);
  if (!at) return [];
  const axes = voxels.shape[0] === 1 ? [0] : [0, 1, 2];
  return axes.map((axis) => cut(plane(voxels, axis, at[axis]!)));
}

/** The slice with most marked voxels, whole. @returns undefined where nothing is marked */
export function wholeSliceOf(voxels: CaseVoxels): Slice | undefined {
  const at = largestError(voxels);
  return at && plane(voxels, 0, at[0]);
}

/**
 * The slice with most wrong voxels, within it the row, and within that the column; where nothing is wrong, of most marked
 * ones.
 * @returns undefined where neither mask marks anything
 */
export function largestError({ shape, reference, prediction }: CaseVoxels): Vector3 | undefined {
  const isWrong = (at: number): boolean => reference[at] !== prediction[at];
  const isMarked = (at: number): boolean => reference[at] !== 0 || prediction[at] !== 0;
  return densest(shape, isWrong) ?? densest(shape, isMarked);
}

function densest([depth, height, width]: Readonly<Shape3>, counts: (at: number) => boolean): Vector3 | undefined {
  const inSlices = new Int32Array(depth);
  for (let z = 0, at = 0; z < depth; z += 1) {
    for (let i = 0; i < height * width; i += 1, at += 1) if (counts(at)) inSlices[z]! += 1;
  }
  const z = indexOfGreatest(inSlices);
  if (inSlices[z] === 0) return undefined;
  const [inRows, inColumns] = [new Int32Array(height), new Int32Array(width)];
  for (let y = 0, at = z * height * width; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (!counts(at)) continue;
      inRows[y]! += 1;
      inColumns[x]! += 1;
    }
  }
  return [z, indexOfGreatest(inRows), indexOfGreatest(inColumns)];
}

function indexOfGreatest(values: Int32Array): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}

function plane({ shape, spacing, reference, prediction, image }: CaseVoxels, axis: number, index: number): Slice {
  const [rows, columns] = [0, 1, 2].filter((one) => one !== axis) as [number, number];
  const strides = [shape[1] * shape[2], shape[2], 1];
  const [height, width] = [shape[rows]!, shape[columns]!];
  const take = (from: Float32Array): Float32Array => {
    const out = new Float32Array(width * height);
    for (let row = 0; row < height; row += 1) {
      // Across slices the first one is the lowest: it is shown at the bottom.
      const source = rows === 0 ? height - 1 - row : row;
      let at = index * strides[axis]! + source * strides[rows]!;
      for (let column = 0; column < width; column += 1, at += strides[columns]!) out[row * width + column] = from[at]!;
    }
    return out;
  };
  return {
    name: `${'zyx'[axis]} ${index}`,
    width,
    height,
    pixelWidth: spacing[columns]!,
    pixelHeight: spacing[rows]!,
    reference: take(reference),
    prediction: take(prediction),
    ...(image && { image: take(image) }),
  };
}

/** So much room is left around what is marked, of its size, and so many pixels at least. */
const room = 0.35;
const leastRoom = 8;

function cut(slice: Slice): Slice {
  const { width, height, reference, prediction } = slice;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (reference[at] === 0 && prediction[at] === 0) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) return slice;
  const [x0, x1] = widened(left, right + 1, width);
  const [y0, y1] = widened(top, bottom + 1, height);
  const take = (from: Float32Array): Float32Array => {
    const out = new Float32Array((x1 - x0) * (y1 - y0));
    for (let y = y0; y < y1; y += 1) out.set(from.subarray(y * width + x0, y * width + x1), (y - y0) * (x1 - x0));
    return out;
  };
  const { image, ...rest } = slice;
  return {
    ...rest,
    width: x1 - x0,
    height: y1 - y0,
    reference: take(reference),
    prediction: take(prediction),
    ...(image && { image: take(image) }),
  };
}

function widened(low: number, high: number, length: number): [number, number] {
  const more = Math.max(leastRoom, Math.round((high - low) * room));
  return [Math.max(0, low - more), Math.min(length, high + more)];
}
