/** How an array is cut into chunks, and chunks into blocks: nnU-Net's rule, and the index arithmetic for any cut. */
import { elementCount } from './npy';

export interface Layout {
  chunkShape: number[];
  blockShape: number[];
}

/** What a block may take, so that it stays in a core's cache, and a chunk, in bytes. */
const maxBlockBytes = 128 * 1024;
const maxChunkBytes = 6 * 1024 * 1024;

/**
 * Chunks and blocks such that a random patch touches few of them.
 * @param shape  of the array; the last three axes are spatial, those before are cut one by one
 * @param patch  2 or 3 sizes; by default 64 voxels per axis
 */
export function blockLayout(shape: readonly number[], itemBytes: number, patch?: readonly number[]): Layout {
  const image = shape.slice(-3).map((size) => Math.max(1, size));
  const flat = patch?.length === 2;
  const sizes = (flat ? [1, ...patch] : (patch ?? [64, 64, 64])).slice(-image.length);
  const target = image.map((size, axis) => Math.max(1, Math.min(size, Math.floor(1.5 * sizes[axis]!))));
  const block = image.map((size, axis) => Math.min(2 ** Math.ceil(Math.log2(sizes[axis]!)), size));
  while (elementCount(block) * itemBytes > maxBlockBytes) {
    const axis = best(block, (at) => (block[at]! > 1 ? block[at]! / target[at]! : -1));
    block[axis] = 2 ** (Math.ceil(Math.log2(block[axis]!)) - 1);
  }
  const chunk = [...block];
  for (;;) {
    const grown = (axis: number) => Math.min(chunk[axis]! + block[axis]!, image[axis]!, target[axis]!);
    const fits = (axis: number) => (elementCount(chunk) / chunk[axis]!) * grown(axis) * itemBytes <= maxChunkBytes;
    const candidates = [...chunk.keys()]
      .filter((axis) => sizes[axis]! > 1 && !(flat && axis === 0) && chunk[axis]! < target[axis]! && fits(axis))
      .sort((a, b) => chunk[a]! / target[a]! - chunk[b]! / target[b]! || image[b]! - image[a]! || a - b);
    if (candidates.length === 0) break;
    chunk[candidates[0]!] = grown(candidates[0]!);
  }
  const leading = new Array<number>(Math.max(0, shape.length - 3)).fill(1);
  return { chunkShape: [...leading, ...chunk], blockShape: [...leading, ...block] };
}

/** The axis with the largest score, the later one of equals. */
function best(shape: readonly number[], score: (axis: number) => number): number {
  return [...shape.keys()].reduce((found, axis) => (score(axis) >= score(found) ? axis : found), 0);
}

export function gridOf(shape: readonly number[], cell: readonly number[]): number[] {
  return shape.map((size, axis) => Math.ceil(size / cell[axis]!));
}

export function unravel(index: number, shape: readonly number[]): number[] {
  const position = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position[axis] = index % shape[axis]!;
    index = Math.floor(index / shape[axis]!);
  }
  return position;
}

/** Copies the part of a block that lies before `end` to `start` in the array; with `out`, from the array into the block. */
export function copyBox(
  block: Uint8Array,
  blockShape: readonly number[],
  array: Uint8Array,
  shape: readonly number[],
  start: readonly number[],
  end: readonly number[],
  size: number,
  out = false,
): void {
  const axes = shape.length;
  const extent = start.map((from, axis) => Math.min(blockShape[axis]!, end[axis]! - from));
  if (extent.some((length) => length <= 0)) return;
  const rowBytes = extent[axes - 1]! * size;
  const rows = elementCount(extent.slice(0, -1));
  for (let row = 0; row < rows; row++) {
    let [inBlock, inArray, rest, blockStride, stride] = [
      0,
      start[axes - 1]!,
      row,
      blockShape[axes - 1]!,
      shape[axes - 1]!,
    ];
    for (let axis = axes - 2; axis >= 0; axis--) {
      const at = rest % extent[axis]!;
      rest = Math.floor(rest / extent[axis]!);
      inBlock += at * blockStride;
      inArray += (start[axis]! + at) * stride;
      blockStride *= blockShape[axis]!;
      stride *= shape[axis]!;
    }
    const [a, b] = [inBlock * size, inArray * size];
    if (out) block.set(array.subarray(b, b + rowBytes), a);
    else array.set(block.subarray(a, a + rowBytes), b);
  }
}
