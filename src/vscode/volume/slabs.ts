/** In which pieces does a volume go to the page? Slabs of slices, the middle first, and before them the slices that are seen first. */
import { setImmediate } from 'node:timers/promises';
import type { Vector3, VoxelArray } from '../../geometry/types';
import type { ImagePreview, Slab } from '../../protocol/volume';
import { shownPart, shownSlices, slabOrder, type DisplayGrid } from './displayGrid';
import { sentArray, voxelTypeOf } from './imageValues';

export type SendSlab = (slab: Omit<Slab, 'type' | 'id'>) => void;

/** @param voxels  of one channel, on the full grid */
export async function sendSlabs(
  voxels: VoxelArray,
  grid: DisplayGrid,
  send: SendSlab,
  signal: AbortSignal,
): Promise<void> {
  const [depth, height, width] = grid.shape;
  let sent = 0;
  for (const [firstSlice, slices] of slabOrder(depth, height * width * voxels.BYTES_PER_ELEMENT)) {
    signal.throwIfAborted();
    const part = sentArray(shownSlices(voxels, grid, firstSlice, slices));
    sent += slices;
    // A buffer of its own, because it is handed over.
    const data = part.buffer.byteLength === part.byteLength && !sharesBuffer(part, voxels) ? part : part.slice();
    send({ voxelType: voxelTypeOf(part), firstSlice, slices, sent, data: data.buffer as ArrayBuffer });
    // Lets a cancellation come in between.
    await setImmediate();
  }
}

const sharesBuffer = (a: VoxelArray, b: VoxelArray): boolean => a.buffer === b.buffer;

/** Bytes of an image of which the middle is shown before the rest. */
const smallestPreviewed = 2 ** 20;

/** The middle slices of the three planes; undefined where the whole is there as soon. */
export function middleOf(voxels: VoxelArray, grid: DisplayGrid): Pick<ImagePreview, 'voxelType' | 'boxes'> | undefined {
  const shape = [...grid.shape].reverse() as Vector3;
  if (shape[0] * shape[1] * shape[2] * voxels.BYTES_PER_ELEMENT < smallestPreviewed) return undefined;
  const boxes = [0, 1, 2]
    .map((axis) => middleSlices(shape, axis))
    .map((box) => ({ ...box, part: sentArray(shownPart(voxels, grid, box.low, box.shape)) }));
  return {
    voxelType: voxelTypeOf(boxes[0]!.part),
    boxes: boxes.map(({ low, shape: size, part }) => ({ low, shape: size, data: part.buffer as ArrayBuffer })),
  };
}

/** The slice in the middle across an axis; two where the middle is between them. */
function middleSlices(shape: Vector3, axis: number): { low: Vector3; shape: Vector3 } {
  const length = shape[axis]!;
  const low: Vector3 = [0, 0, 0];
  const size: Vector3 = [...shape];
  low[axis] = Math.floor((length - 1) / 2);
  size[axis] = length % 2 === 0 ? 2 : 1;
  return { low, shape: size };
}
