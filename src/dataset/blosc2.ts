/** Reads Blosc2 arrays (.b2nd), the format of nnU-Net's preprocessed cases and of the masks it hands to the next stage. */
import { countElements } from '../method/countElements';
import { CodecError, UnsupportedCodecError } from './bloscCodecs';
import { readChunkHeader, unpackChunk } from './bloscChunk';
import { copyBox, gridOf, unravel } from './bloscLayout';
import { elementCount, itemBytes, parseDescription, toArray, type NpyArray, type NpyDtype } from './npy';
import { readFully, withFile } from '../storage/fileBytes';
import { DatasetError } from '../method/errors';
import { constants } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';

interface Blosc2Header {
  dtype: NpyDtype;
  /** In array order, as (c, z, y, x). */
  shape: number[];
  chunkShape: number[];
  blockShape: number[];
}

interface Frame extends Blosc2Header {
  bigEndian: boolean;
  headerBytes: number;
  packedBytes: number;
}

/** Shape and type without the elements. */
export async function readBlosc2Header(file: string): Promise<Blosc2Header> {
  const { dtype, shape, chunkShape, blockShape } = await inFile(file, readFrame);
  return { dtype, shape, chunkShape, blockShape };
}

/** The whole array, in C order. */
export function readBlosc2(file: string): Promise<NpyArray> {
  return inFile(file, async (handle, fileBytes) => {
    const frame = await readFrame(handle, fileBytes);
    const size = itemBytes(frame.dtype);
    const grid = gridOf(frame.shape, frame.chunkShape);
    // Read before memory is taken: a damaged shape does not fit the list of chunks.
    const offsets = await readOffsets(handle, frame, elementCount(grid));
    const target = new Uint8Array(elementCount(frame.shape) * size);
    const blockGrid = gridOf(frame.chunkShape, frame.blockShape);
    const blocks = elementCount(blockGrid);
    const blockBytes = elementCount(frame.blockShape) * size;
    for (const [number, offset] of offsets.entries()) {
      const origin = unravel(number, grid).map((index, axis) => index * frame.chunkShape[axis]!);
      const end = origin.map((start, axis) => Math.min(frame.shape[axis]!, start + frame.chunkShape[axis]!));
      const place = (block: Uint8Array, index: number) => {
        const start = unravel(index, blockGrid).map((at, axis) => origin[axis]! + at * frame.blockShape[axis]!);
        copyBox(block, frame.blockShape, target, frame.shape, start, end, size);
      };
      if (offset < 0n) fillChunk(offset, blocks, blockBytes, size, place);
      else {
        const chunk = await readChunk(handle, BigInt(frame.headerBytes) + offset, fileBytes);
        const header = readChunkHeader(chunk);
        if (header.blockBytes !== blockBytes || header.bytes !== blocks * blockBytes)
          throw new CodecError('impossible sizes');
        unpackChunk(chunk, place);
      }
    }
    const { dtype, shape, bigEndian } = frame;
    return toArray({ dtype, shape, bigEndian, fortranOrder: false }, target);
  });
}

async function inFile<T>(file: string, read: (handle: FileHandle, fileBytes: number) => Promise<T>): Promise<T> {
  try {
    return await withFile(file, read);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const unsupported = error instanceof UnsupportedCodecError;
    throw new DatasetError(
      unsupported ? 'unsupported-blosc2' : 'broken-blosc2',
      `The Blosc2 array ${unsupported ? 'uses' : 'is damaged:'} ${error.message}`,
      { where: file, hint: 'Run nnU-Net’s preprocessing again, or copy the file again.', cause: error },
    );
  }
}

/** The frame's header (msgpack): sizes, then named parts of which "b2nd" tells the array's shape. */
async function readFrame(handle: FileHandle, fileBytes: number): Promise<Frame> {
  const start = Buffer.alloc(Math.min(fileBytes, 96));
  await readFully(handle, start, 0);
  if (start.length < 96 || start.toString('latin1', 2, 9) !== 'b2frame') throw new CodecError('no Blosc2 frame');
  const headerBytes = start.readInt32BE(11);
  const packedBytes = Number(start.readBigInt64BE(39));
  if (headerBytes < 96 || headerBytes > 1 << 24 || packedBytes < 0 || headerBytes + packedBytes > fileBytes) {
    throw new CodecError('the file is cut off');
  }
  const header = Buffer.alloc(headerBytes);
  await readFully(handle, header, 0);
  const name = header.indexOf('\xa4b2nd\xd2', 87, 'latin1');
  if (name < 0) throw new UnsupportedCodecError('a frame without array, which is not supported');
  const reader = new Msgpack(header, header.readInt32BE(name + 6));
  return { ...readShape(reader), headerBytes, packedBytes };
}

function readShape(reader: Msgpack): Pick<Frame, 'dtype' | 'bigEndian' | 'shape' | 'chunkShape' | 'blockShape'> {
  reader.skip(5); // bin32 and its length
  reader.skip(3); // array, version, number of axes
  const [shape, chunkShape, blockShape] = [reader.sizes(), reader.sizes(), reader.sizes()];
  reader.skip(1); // dtype format: numpy
  const description = reader.text();
  const parsed = parseDescription(description.length === 2 ? `|${description}` : description);
  if (!parsed) throw new UnsupportedCodecError(`elements of type "${description}", which are not supported`);
  const axes = shape.length;
  const positive = [...chunkShape, ...blockShape].every((size) => size > 0);
  if (axes === 0 || axes > 8 || chunkShape.length !== axes || blockShape.length !== axes || !positive) {
    throw new CodecError('impossible sizes');
  }
  const bytes = itemBytes(parsed.dtype);
  const elements = countElements(shape);
  const chunk = countElements([...gridOf(chunkShape, blockShape), ...blockShape]);
  if (elements === undefined || chunk === undefined) throw new CodecError('impossible sizes');
  if (elements * bytes > constants.MAX_LENGTH || chunk * bytes > 2 ** 31) throw new CodecError('impossible sizes');
  return { ...parsed, shape, chunkShape, blockShape };
}

/** The few msgpack types in a frame's header; numbers are big endian. */
class Msgpack {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}
  skip(count: number): number {
    const start = this.at;
    this.at += count;
    if (start < 0 || this.at > this.bytes.length) throw new CodecError('a header that ends too early');
    return start;
  }
  sizes(): number[] {
    const count = this.bytes[this.skip(1)]! & 15;
    return Array.from({ length: count }, () => {
      const wide = this.bytes[this.skip(1)] === 0xd3;
      const value = wide ? Number(this.bytes.readBigInt64BE(this.skip(8))) : this.bytes.readInt32BE(this.skip(4));
      if (value < 0 || value > 2 ** 40) throw new CodecError('impossible sizes');
      return value;
    });
  }
  text(): string {
    if (this.bytes[this.skip(1)] !== 0xdb) throw new CodecError('a header without element type');
    const length = this.bytes.readUInt32BE(this.skip(4));
    const start = this.skip(length);
    return this.bytes.toString('latin1', start, start + length);
  }
}

/** Where each chunk begins, from the end of the header; the list is a chunk itself. Negative: a chunk of one value. */
async function readOffsets(handle: FileHandle, frame: Frame, chunks: number): Promise<BigInt64Array> {
  if (chunks === 0) return new BigInt64Array(0);
  const { size } = await handle.stat();
  const index = await readChunk(handle, BigInt(frame.headerBytes + frame.packedBytes), size);
  const { bytes, blockBytes } = readChunkHeader(index);
  if (bytes !== chunks * 8) throw new CodecError('an index of the wrong length');
  const offsets = new BigInt64Array(chunks);
  const target = new Uint8Array(offsets.buffer);
  unpackChunk(index, (block, number) => target.set(block, number * blockBytes));
  return offsets;
}

async function readChunk(handle: FileHandle, position: bigint, fileBytes: number): Promise<Uint8Array> {
  const start = Number(position);
  const head = new Uint8Array(16);
  if (start + 16 > fileBytes || !(await readFully(handle, head, start))) throw new CodecError('the file is cut off');
  const length = new DataView(head.buffer).getInt32(12, true);
  if (length < 16 || start + length > fileBytes) throw new CodecError('the file is cut off');
  const chunk = new Uint8Array(length);
  await readFully(handle, chunk, start);
  return chunk;
}

/** A chunk that is not stored: its kind is in the top byte of the offset (1 zeros, 2 NaN, 4 not initialised). */
function fillChunk(
  offset: bigint,
  blocks: number,
  bytes: number,
  size: number,
  place: (b: Uint8Array, i: number) => void,
) {
  const kind = Number((BigInt.asUintN(64, offset) >> 56n) & 127n);
  const block = new Uint8Array(bytes);
  if (kind === 2 && size >= 4) (size === 4 ? new Float32Array(block.buffer) : new Float64Array(block.buffer)).fill(NaN);
  else if (kind !== 1 && kind !== 4) throw new CodecError('an unknown kind of chunk');
  for (let index = 0; index < blocks; index++) place(block, index);
}
