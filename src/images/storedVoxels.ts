/** Turns the bytes of a file into a typed array of stored values, and stored values into nnU-Net's float32. */
import type { VoxelArray } from '../geometry/types';
import { ImageError } from '../method/errors';
import type { Scaling, StoredType } from './types';

const bytesPerSample: Readonly<Record<StoredType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
  rgb24: 1,
  rgba32: 1,
};

export function samplesPerVoxel(type: StoredType): 1 | 3 | 4 {
  return type === 'rgb24' ? 3 : type === 'rgba32' ? 4 : 1;
}

export function bytesPerVoxel(type: StoredType): number {
  return bytesPerSample[type] * samplesPerVoxel(type);
}

/**
 * A typed array over `bytes`: a view where alignment allows it, a copy otherwise.
 * Big-endian samples are swapped IN PLACE, so `bytes` must belong to the caller.
 * @param bytes  exactly the voxels
 */
export function typedVoxels(bytes: Buffer, type: StoredType, byteOrder: 'little' | 'big'): VoxelArray {
  const size = bytesPerSample[type];
  const aligned = bytes.byteOffset % size === 0 ? bytes : copyOf(bytes);
  if (byteOrder === 'big' && size > 1) {
    if (size === 2) aligned.swap16();
    else if (size === 4) aligned.swap32();
    else aligned.swap64();
  }
  const { buffer, byteOffset } = aligned;
  const length = aligned.length / size;
  switch (type) {
    case 'int8':
      return new Int8Array(buffer, byteOffset, length);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, length);
    case 'int16':
      return new Int16Array(buffer, byteOffset, length);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float64':
      return new Float64Array(buffer, byteOffset, length);
    case 'uint64':
      return widen(new Uint32Array(buffer, byteOffset, 2 * length), new Uint32Array(buffer, byteOffset, 2 * length));
    case 'int64':
      return widen(new Uint32Array(buffer, byteOffset, 2 * length), new Int32Array(buffer, byteOffset, 2 * length));
    default:
      return new Uint8Array(buffer, byteOffset, length);
  }
}

/** Unlike Buffer.from, never taken from Node's pool, whose slices start at any byte. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  bytes.copy(copy);
  return copy;
}

/** 64-bit integers from their halves, low word first. Exact up to 2^53. */
function widen(low: Uint32Array, high: Uint32Array | Int32Array): Float64Array {
  const out = new Float64Array(low.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = (high[2 * i + 1] ?? 0) * 4294967296 + (low[2 * i] ?? 0);
  return out;
}

/**
 * Stored values -> values, as float32. Returns `voxels` itself where nothing has to change.
 * Rounding is SimpleITK's and nibabel's: scaling happens in double precision, on the exact stored value.
 */
export function toFloat32(voxels: VoxelArray, scaling: Scaling | undefined): Float32Array {
  if (!scaling) {
    const shared = typeof SharedArrayBuffer !== 'undefined' && voxels.buffer instanceof SharedArrayBuffer;
    return voxels instanceof Float32Array && !shared ? voxels : new Float32Array(voxels);
  }
  const { slope, intercept } = scaling;
  const needsDouble = voxels instanceof Float64Array || voxels instanceof Int32Array || voxels instanceof Uint32Array;
  const out = needsDouble ? new Float32Array(voxels.length) : new Float32Array(voxels);
  if (needsDouble) {
    const exact = voxels instanceof Float64Array ? voxels : new Float64Array(voxels);
    for (let i = 0; i < out.length; i++) out[i] = (exact[i] as number) * slope + intercept;
  } else {
    for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) * slope + intercept;
  }
  return out;
}

/** Samples that lie side by side per voxel (RGB…) -> one channel after the other. */
export function separateChannels<T extends VoxelArray>(interleaved: T, channels: number): T {
  if (channels === 1) return interleaved;
  const length = interleaved.length / channels;
  const out = new (interleaved.constructor as new (length: number) => T)(interleaved.length);
  for (let c = 0; c < channels; c++) {
    const target = out.subarray(c * length, (c + 1) * length);
    for (let i = 0, j = c; i < length; i++, j += channels) target[i] = interleaved[j] as number;
  }
  return out;
}

/** The opposite of `separateChannels`. */
export function interleaveChannels<T extends VoxelArray>(separate: T, channels: number): T {
  if (channels === 1) return separate;
  const length = separate.length / channels;
  const out = new (separate.constructor as new (length: number) => T)(separate.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0, j = c; i < length; i++, j += channels) out[j] = separate[c * length + i] as number;
  }
  return out;
}

export function storedTypeOf(voxels: VoxelArray): StoredType {
  if (voxels instanceof Uint8Array) return 'uint8';
  if (voxels instanceof Int8Array) return 'int8';
  if (voxels instanceof Uint16Array) return 'uint16';
  if (voxels instanceof Int16Array) return 'int16';
  if (voxels instanceof Uint32Array) return 'uint32';
  if (voxels instanceof Int32Array) return 'int32';
  if (voxels instanceof Float32Array) return 'float32';
  if (voxels instanceof Float64Array) return 'float64';
  throw new ImageError('unsupported-array', 'This kind of array cannot be written as an image', {
    hint: 'Use a typed array of up to 64 bits.',
  });
}
