/** One chunk of a Blosc2 array: a header, the starts of its blocks, and each block filtered and packed by a codec. */
import { codecs, CodecError, UnsupportedCodecError, packLz4, type Codec } from './bloscCodecs';

/** Length of the extended header that all writers since 2.0 use. */
const headerLength = 32;
const filterSlots = 6;

interface ChunkHeader {
  /** Unpacked size, block size and size in the file, in bytes. */
  bytes: number;
  blockBytes: number;
  packedBytes: number;
  itemBytes: number;
  flags: number;
  /** Byte filters in the order in which they were applied, with their setting. */
  filters: { code: number; setting: number }[];
  usesDictionary: boolean;
  /** 0 none, 1 zeros, 2 NaN, 3 one repeated value, 4 not initialised. */
  special: number;
  length: number;
}

export function readChunkHeader(chunk: Uint8Array): ChunkHeader {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk.length < 16) throw new CodecError('a chunk without header');
  const flags = chunk[2]!;
  const extended = (flags & 5) === 5;
  const length = extended ? headerLength : 16;
  if (chunk.length < length) throw new CodecError('a chunk without header');
  const [bytes, blockBytes, packedBytes] = [4, 8, 12].map((at) => view.getInt32(at, true)) as [number, number, number];
  if (bytes < 0 || blockBytes < 0 || packedBytes < length || chunk[3] === 0) throw new CodecError('impossible sizes');
  const filters = extended
    ? Array.from({ length: filterSlots }, (_, slot) => ({ code: chunk[16 + slot]!, setting: chunk[24 + slot]! }))
    : [{ code: flags & 1 ? 1 : flags & 4 ? 2 : 0, setting: 0 }];
  const special = extended ? (chunk[31]! >> 4) & 7 : 0;
  const usesDictionary = extended && (chunk[31]! & 1) !== 0;
  return { bytes, blockBytes, packedBytes, itemBytes: chunk[3]!, flags, filters, usesDictionary, special, length };
}

/** Unpacks block after block and hands each over; `block` is valid only until the next one. */
export function unpackChunk(chunk: Uint8Array, take: (block: Uint8Array, index: number) => void): void {
  const header = readChunkHeader(chunk);
  const { bytes, blockBytes, length } = header;
  if (bytes === 0) return;
  if (blockBytes === 0) throw new CodecError('impossible sizes');
  const blocks = Math.ceil(bytes / blockBytes);
  const block = new Uint8Array(Math.min(blockBytes, bytes));
  const sizeOf = (index: number) => Math.min(blockBytes, bytes - index * blockBytes);
  if (header.special) {
    fillSpecial(block, header, chunk);
    for (let index = 0; index < blocks; index++) take(block.subarray(0, sizeOf(index)), index);
    return;
  }
  if (header.flags & 2) {
    if (chunk.length < length + bytes) throw new CodecError('a chunk that ends too early');
    for (let index = 0; index < blocks; index++) {
      const start = length + index * blockBytes;
      take(chunk.subarray(start, start + sizeOf(index)), index);
    }
    return;
  }
  const codec = codecs[header.flags >> 5];
  if (!codec) throw new UnsupportedCodecError(`codec number ${header.flags >> 5}, which is not known`);
  if (header.usesDictionary) throw new UnsupportedCodecError(`${codec.name} with a dictionary, which is not supported`);
  if (chunk.length < length + 4 * blocks) throw new CodecError('a chunk that ends too early');
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const scratch = new Uint8Array(block.length);
  for (let index = 0; index < blocks; index++) {
    const size = sizeOf(index);
    const target = block.subarray(0, size);
    // The last, shorter block is never split.
    const streams = header.flags & 16 || size !== blockBytes ? 1 : header.itemBytes;
    unpackBlock(chunk, view.getInt32(length + 4 * index, true), target, streams, codec.unpack);
    take(unfilter(target, scratch.subarray(0, size), header), index);
  }
}

/** A block is one stream, or one per byte of the item; each stream has its length before it. */
function unpackBlock(chunk: Uint8Array, start: number, target: Uint8Array, streams: number, unpack: Codec): void {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const size = target.length / streams;
  if (!Number.isInteger(size)) throw new CodecError('impossible sizes');
  for (let stream = 0; stream < streams; stream++) {
    if (start < 0 || start + 4 > chunk.length) throw new CodecError('a block that lies outside of its chunk');
    const packed = view.getInt32(start, true);
    start += 4;
    const part = target.subarray(stream * size, (stream + 1) * size);
    if (packed === 0) part.fill(0);
    else if (packed < 0) {
      // A run of one byte, which is -packed.
      if (packed < -255 || !(chunk[start++]! & 1)) throw new CodecError('an unknown run');
      part.fill(-packed);
    } else {
      if (start + packed > chunk.length) throw new CodecError('a block that ends too early');
      const source = chunk.subarray(start, start + packed);
      if (packed === size) part.set(source);
      else unpack(source, part);
      start += packed;
    }
  }
}

function fillSpecial(block: Uint8Array, { special, itemBytes }: ChunkHeader, chunk: Uint8Array): void {
  if (special === 1 || special === 4) {
    block.fill(0);
    return;
  }
  if (special === 3) {
    const value = chunk.subarray(headerLength, headerLength + itemBytes);
    if (value.length < itemBytes) throw new CodecError('a chunk that ends too early');
    for (let at = 0; at < block.length; at++) block[at] = value[at % itemBytes]!;
  } else if (special === 2 && (itemBytes === 4 || itemBytes === 8)) {
    const nan = itemBytes === 4 ? new Float32Array(1) : new Float64Array(1);
    const value = new Uint8Array(nan.fill(NaN).buffer);
    for (let at = 0; at < block.length; at++) block[at] = value[at % itemBytes]!;
  } else throw new CodecError('an unknown kind of chunk');
}

/** Undoes the filters, last first; the result lies in `block` or `scratch`. */
function unfilter(block: Uint8Array, scratch: Uint8Array, { filters, itemBytes }: ChunkHeader): Uint8Array {
  for (const { code, setting } of filters.toReversed()) {
    // 0 is none; 4 rounded the values away before packing, which nothing undoes.
    if (code === 0 || code === 4) continue;
    if (code === 1) unshuffle(block, scratch, setting || itemBytes);
    else if (code === 2) unshuffleBits(block, scratch, itemBytes);
    else throw new UnsupportedCodecError(`filter number ${code}, which is not supported`);
    [block, scratch] = [scratch, block];
  }
  return block;
}

/** Bytes of equal rank lie together: all first bytes of the items, then all second bytes, … A remainder stays as it is. */
function unshuffle(source: Uint8Array, target: Uint8Array, itemBytes: number): void {
  const items = Math.floor(source.length / itemBytes);
  for (let rank = 0; rank < itemBytes; rank++) {
    const from = rank * items;
    for (let item = 0, at = rank; item < items; item++, at += itemBytes) target[at] = source[from + item]!;
  }
  const done = items * itemBytes;
  target.set(source.subarray(done), done);
}

function shuffle(source: Uint8Array, target: Uint8Array, itemBytes: number): void {
  const items = Math.floor(source.length / itemBytes);
  for (let rank = 0; rank < itemBytes; rank++) {
    const to = rank * items;
    for (let item = 0, at = rank; item < items; item++, at += itemBytes) target[to + item] = source[at]!;
  }
}

/** The same with bits: row `8 * rank + bit` holds that bit of all items, eight items a byte, lowest first. */
function unshuffleBits(source: Uint8Array, target: Uint8Array, itemBytes: number): void {
  const items = Math.floor(source.length / itemBytes / 8) * 8;
  const rowBytes = items / 8;
  target.fill(0);
  for (let row = 0; row < itemBytes * 8; row++) {
    const bit = row & 7;
    for (let item = 0, at = row >> 3; item < items; item++, at += itemBytes) {
      target[at]! |= ((source[row * rowBytes + (item >> 3)]! >> (item & 7)) & 1) << bit;
    }
  }
  const done = items * itemBytes;
  target.set(source.subarray(done), done);
}

/** Packs a chunk of whole blocks with LZ4 and the byte shuffle; what does not shrink is stored as it is. */
export function packChunk(bytes: Uint8Array, blockBytes: number, itemBytes: number): Uint8Array {
  const blocks = bytes.length / blockBytes;
  const starts = new Int32Array(blocks);
  const parts: Uint8Array[] = [];
  const table = new Int32Array(1 << 14);
  let at = headerLength + 4 * blocks;
  for (let index = 0; index < blocks; index++) {
    const block = bytes.subarray(index * blockBytes, (index + 1) * blockBytes);
    let shuffled = block;
    if (itemBytes > 1) shuffle(block, (shuffled = new Uint8Array(blockBytes)), itemBytes);
    const packed = isZero(block) ? new Uint8Array(0) : (packLz4(shuffled, table) ?? shuffled);
    const length = new Uint8Array(Int32Array.of(packed.length).buffer);
    starts[index] = at;
    parts.push(length, packed);
    at += 4 + packed.length;
  }
  const stored = at > headerLength + bytes.length;
  const header = Buffer.alloc(headerLength);
  // Format 5, codec version 1; extended header (1 + 4), stored (2), one stream a block (16), LZ4 (32).
  header.set([5, 1, stored ? 0x37 : 0x35, itemBytes]);
  [bytes.length, blockBytes, stored ? headerLength + bytes.length : at].forEach((size, i) =>
    header.writeInt32LE(size, 4 + 4 * i),
  );
  header[16] = itemBytes > 1 ? 1 : 0;
  header[22] = 1;
  return Buffer.concat(stored ? [header, bytes] : [header, new Uint8Array(starts.buffer), ...parts]);
}

function isZero(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
