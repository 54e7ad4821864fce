/** Writes Blosc2 arrays (.b2nd) that nnU-Net reads: LZ4 with byte shuffle, cut as nnU-Net cuts them. */
import { writeWhole } from '../storage/atomicFile';
import { writeFully } from '../storage/fileBytes';
import { packChunk } from './bloscChunk';
import { blockLayout, copyBox, gridOf, unravel, type Layout } from './bloscLayout';
import { bytesOf, describeDtype, elementCount, itemBytes, type NpyArray } from './npy';

/**
 * Writes one array, whole or not at all.
 * @param patch  patch size of the training that will read it (2 or 3 sizes), which decides how the array is cut
 */
export function writeBlosc2(file: string, array: NpyArray, patch?: readonly number[]): Promise<void> {
  const { shape, dtype, data } = array;
  if (data.length === 0 || shape.length === 0) throw new RangeError('an empty array has no Blosc2 form');
  const size = itemBytes(dtype);
  const layout = blockLayout(shape, size, patch);
  const grid = gridOf(shape, layout.chunkShape);
  const offsets = new BigInt64Array(elementCount(grid));
  return writeWhole(file, async (handle) => {
    const headerBytes = frameHeader(array, layout, 0, 0).length;
    let position = headerBytes;
    for (let number = 0; number < offsets.length; number++) {
      const chunk = packChunk(
        gather(array, layout, unravel(number, grid), size),
        elementCount(layout.blockShape) * size,
        size,
      );
      offsets[number] = BigInt(position - headerBytes);
      await writeFully(handle, chunk, position);
      position += chunk.length;
    }
    const packedBytes = position - headerBytes;
    // The list of offsets is a chunk as well; stored, it may be one block.
    const index = packChunk(new Uint8Array(offsets.buffer), offsets.byteLength, 8);
    await writeFully(handle, Buffer.concat([index, trailer]), position);
    const frameBytes = position + index.length + trailer.length;
    await writeFully(handle, frameHeader(array, layout, packedBytes, frameBytes), 0);
  });
}

/** The blocks of a chunk one after the other, with zeros where they reach beyond chunk or array. */
function gather(
  array: NpyArray,
  { chunkShape, blockShape }: Layout,
  cell: readonly number[],
  size: number,
): Uint8Array {
  const blockGrid = gridOf(chunkShape, blockShape);
  const blockBytes = elementCount(blockShape) * size;
  const chunk = new Uint8Array(elementCount(blockGrid) * blockBytes);
  const origin = cell.map((index, axis) => index * chunkShape[axis]!);
  const end = origin.map((start, axis) => Math.min(array.shape[axis]!, start + chunkShape[axis]!));
  for (let index = 0; index < elementCount(blockGrid); index++) {
    const start = unravel(index, blockGrid).map((at, axis) => origin[axis]! + at * blockShape[axis]!);
    const block = chunk.subarray(index * blockBytes, (index + 1) * blockBytes);
    copyBox(block, blockShape, bytesOf(array.data), array.shape, start, end, size, true);
  }
  return chunk;
}

const int16 = (value: number) => [(value >> 8) & 255, value & 255];
const int32 = (value: number) => [...int16(value >>> 16), ...int16(value & 0xffff)];
const int64 = (value: number) => [...int32(Math.floor(value / 2 ** 32)), ...int32(value % 2 ** 32)];

/** The frame's header in msgpack (numbers big endian), with the one named part "b2nd". */
function frameHeader(
  array: NpyArray,
  { chunkShape, blockShape }: Layout,
  packedBytes: number,
  frameBytes: number,
): Buffer {
  const size = itemBytes(array.dtype);
  const axes = array.shape.length;
  const chunks = elementCount(gridOf(array.shape, chunkShape));
  const blockBytes = elementCount(blockShape) * size;
  const chunkBytes = elementCount(gridOf(chunkShape, blockShape)) * blockBytes;
  const description = describeDtype(array.dtype);
  const b2nd = [
    ...[0x97, 0, axes],
    ...[0x90 + axes, ...array.shape.flatMap((length) => [0xd3, ...int64(length)])],
    ...[0x90 + axes, ...chunkShape.flatMap((length) => [0xd2, ...int32(length)])],
    ...[0x90 + axes, ...blockShape.flatMap((length) => [0xd2, ...int32(length)])],
    ...[0, 0xdb, ...int32(description.length), ...Buffer.from(description, 'latin1')],
  ];
  const partsAt = 87;
  const mapBytes = 17;
  const partAt = partsAt + mapBytes + 3;
  const headerBytes = partAt + 5 + b2nd.length;
  const filter = size > 1 ? 1 : 0;
  return Buffer.from([
    ...[0x9e, 0xa8, ...Buffer.from('b2frame\0', 'latin1')],
    ...[0xd2, ...int32(headerBytes), 0xcf, ...int64(frameBytes)],
    // Version 2 with 64-bit offsets; contiguous; level 5 of LZ4; nothing else.
    ...[0xa4, 0x12, 0x00, 0x51, 0x00],
    ...[0xd3, ...int64(chunks * chunkBytes), 0xd3, ...int64(packedBytes)],
    ...[0xd2, ...int32(size), 0xd2, ...int32(blockBytes), 0xd2, ...int32(chunkBytes)],
    ...[0xd1, 0, 1, 0xd1, 0, 1, 0xc2],
    ...[0xd8, 6, filter, ...new Uint8Array(15)],
    ...[0x93, 0xcd, ...int16(mapBytes), 0xde, 0, 1, 0xa4, ...Buffer.from('b2nd'), 0xd2, ...int32(partAt)],
    ...[0xdc, 0, 1, 0xc6, ...int32(b2nd.length), ...b2nd],
  ]);
}

/** No further parts, no fingerprint. */
const trailer = Buffer.from([
  ...[0x94, 1, 0x93, 0xcd, 0, 6, 0xde, 0, 0, 0xdc, 0, 0, 0xce, 0, 0, 0, 35, 0xd8, 0],
  ...new Uint8Array(16),
]);
