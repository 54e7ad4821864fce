/** The block codecs that Blosc2 arrays are packed with. Each fills `target` exactly or throws. */
import { inflateSync } from 'node:zlib';
import { decompress as unpackZstd } from 'fzstd';

export type Codec = (source: Uint8Array, target: Uint8Array) => void;

/** By the format number in a chunk's flags. */
export const codecs: Record<number, { name: string; unpack: Codec }> = {
  0: { name: 'BloscLZ', unpack: unpackBloscLz },
  1: { name: 'LZ4', unpack: unpackLz4 },
  3: { name: 'zlib', unpack: library((source, bytes) => inflateSync(source, { maxOutputLength: bytes })) },
  4: { name: 'Zstandard', unpack: library((source, bytes) => unpackZstd(source, new Uint8Array(bytes))) },
};

export class CodecError extends Error {}
/** Sound, as far as can be told, but of a kind that is not read here. */
export class UnsupportedCodecError extends CodecError {}

/** Libraries throw errors of their own when the data is damaged. */
function library(unpack: (source: Uint8Array, bytes: number) => Uint8Array): Codec {
  return (source, target) => {
    let bytes: Uint8Array;
    try {
      bytes = unpack(source, target.length);
    } catch (error) {
      throw new CodecError(String(error));
    }
    if (bytes.length !== target.length) throw new CodecError('a block of the wrong length');
    target.set(bytes);
  };
}

/** Repeats what was written `distance` bytes before, as LZ codecs do; the ranges may overlap. */
function repeat(target: Uint8Array, at: number, distance: number, length: number): void {
  if (distance <= 0 || distance > at || at + length > target.length)
    throw new CodecError('a reference out of the block');
  const from = at - distance;
  if (distance === 1) target.fill(target[from]!, at, at + length);
  else if (length > 32 && distance >= length) target.copyWithin(at, from, from + length);
  else for (let index = 0; index < length; index++) target[at + index] = target[from + index]!;
}

function literals(source: Uint8Array, from: number, target: Uint8Array, at: number, length: number): void {
  if (from + length > source.length || at + length > target.length) throw new CodecError('a block that is too long');
  if (length > 32) target.set(source.subarray(from, from + length), at);
  else for (let index = 0; index < length; index++) target[at + index] = source[from + index]!;
}

/** LZ4 block format: token (4 bits literals, 4 bits match), both extended by bytes of 255, then a 16-bit distance. */
export function unpackLz4(source: Uint8Array, target: Uint8Array): void {
  let from = 0;
  let at = 0;
  const extended = (length: number): number => {
    if (length < 15) return length;
    for (let more = 255; more === 255; length += more) {
      if (from >= source.length) throw new CodecError('a block that ends too early');
      more = source[from++]!;
    }
    return length;
  };
  while (from < source.length) {
    const token = source[from++]!;
    const count = extended(token >> 4);
    literals(source, from, target, at, count);
    from += count;
    at += count;
    if (from === source.length) break;
    if (from + 2 > source.length) throw new CodecError('a block that ends too early');
    const distance = source[from]! | (source[from + 1]! << 8);
    from += 2;
    const length = extended(token & 15) + 4;
    repeat(target, at, distance, length);
    at += length;
  }
  if (at !== target.length) throw new CodecError('a block that ends too early');
}

/** BloscLZ: a control byte below 32 announces literals, else a match of 3 bits length and 13 bits distance, both extensible. */
function unpackBloscLz(source: Uint8Array, target: Uint8Array): void {
  const near = 8191;
  let from = 0;
  let at = 0;
  let first = true;
  const next = (): number => {
    if (from >= source.length) throw new CodecError('a block that ends too early');
    return source[from++]!;
  };
  while (from < source.length) {
    const control = first ? next() & 31 : next();
    first = false;
    if (control < 32) {
      literals(source, from, target, at, control + 1);
      from += control + 1;
      at += control + 1;
      continue;
    }
    let length = (control >> 5) + 2;
    if (control >> 5 === 7) {
      for (let more = 255; more === 255; length += more) more = next();
    }
    const high = (control & 31) << 8;
    const low = next();
    const distance = high + low === near ? near + 1 + ((next() << 8) | next()) : high + low + 1;
    repeat(target, at, distance, length);
    at += length;
  }
  if (at !== target.length) throw new CodecError('a block that ends too early');
}

/**
 * LZ4 block format by one hash table of 4-byte sequences, greedy. The last 5 bytes stay literals and no match begins in the
 * last 12, as the format asks.
 * @returns undefined when that would not be shorter than `source`
 */
export function packLz4(source: Uint8Array, table = new Int32Array(1 << 14)): Uint8Array | undefined {
  const result = new Uint8Array(source.length);
  const limit = source.length - 12;
  table.fill(-1);
  let at = 0;
  let anchor = 0;
  const room = (bytes: number): boolean => at + bytes < result.length;
  const put = (length: number): void => {
    for (length -= 15; length >= 255; length -= 255) result[at++] = 255;
    result[at++] = length;
  };
  /** Literals since the anchor, then the match, of which there is none at the end. */
  const emit = (end: number, match: number, distance: number): boolean => {
    const count = end - anchor;
    if (!room(count + count / 255 + match / 255 + 8)) return false;
    const token = at++;
    if (count >= 15) put(count);
    result.set(source.subarray(anchor, end), at);
    at += count;
    result[token] = (Math.min(count, 15) << 4) | (match ? Math.min(match - 4, 15) : 0);
    if (!match) return true;
    result[at++] = distance & 255;
    result[at++] = distance >> 8;
    if (match - 4 >= 15) put(match - 4);
    return true;
  };
  for (let index = 0; index < limit;) {
    const word = source[index]! | (source[index + 1]! << 8) | (source[index + 2]! << 16) | (source[index + 3]! << 24);
    const slot = Math.imul(word, 2654435761) >>> 18;
    const seen = table[slot]!;
    table[slot] = index;
    if (seen < 0 || index - seen > 65535 || !sameWord(source, seen, index)) {
      index += 1 + ((index - anchor) >> 6);
      continue;
    }
    let end = index + 4;
    for (let other = seen + 4; end < source.length - 5 && source[other] === source[end]; other++) end++;
    if (!emit(index, end - index, index - seen)) return undefined;
    anchor = index = end;
  }
  return emit(source.length, 0, 0) ? result.subarray(0, at) : undefined;
}

function sameWord(bytes: Uint8Array, a: number, b: number): boolean {
  return (
    bytes[a] === bytes[b] &&
    bytes[a + 1] === bytes[b + 1] &&
    bytes[a + 2] === bytes[b + 2] &&
    bytes[a + 3] === bytes[b + 3]
  );
}
