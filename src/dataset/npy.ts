/** Numpy's .npy files: arrays as typed arrays in C order, half floats as their bits. Big files are streamed, never held twice. */
import { constants } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { writeWhole } from '../storage/atomicFile';
import { readFully, withFile, writeFully } from '../storage/fileBytes';
import { countElements } from '../method/countElements';
import { DatasetError } from '../method/errors';

const kinds = {
  float16: { code: 'f2', array: Uint16Array },
  float32: { code: 'f4', array: Float32Array },
  float64: { code: 'f8', array: Float64Array },
  int8: { code: 'i1', array: Int8Array },
  int16: { code: 'i2', array: Int16Array },
  int32: { code: 'i4', array: Int32Array },
  int64: { code: 'i8', array: BigInt64Array },
  uint8: { code: 'u1', array: Uint8Array },
  uint16: { code: 'u2', array: Uint16Array },
  uint32: { code: 'u4', array: Uint32Array },
  uint64: { code: 'u8', array: BigUint64Array },
  bool: { code: 'b1', array: Uint8Array },
} as const;

export type NpyDtype = keyof typeof kinds;
type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** Elements in C order (last axis fastest). float16 comes as Uint16Array of bits, bool as Uint8Array of 0 and 1. */
export interface NpyArray<T extends NpyData = NpyData> {
  dtype: NpyDtype;
  shape: number[];
  data: T;
}

interface NpyHeader {
  dtype: NpyDtype;
  shape: number[];
  bigEndian: boolean;
  fortranOrder: boolean;
  /** Where the elements begin, in bytes from the start of the file. */
  dataOffset: number;
}

export function itemBytes(dtype: NpyDtype): number {
  return kinds[dtype].array.BYTES_PER_ELEMENT;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** An array to write; the type follows from the typed array unless it is given (float16, bool). */
export function npyArray<T extends NpyData>(data: T, shape: readonly number[], dtype?: NpyDtype): NpyArray<T> {
  const found = dtype ?? dtypes.find((name) => name !== 'float16' && data instanceof kinds[name].array);
  if (!found || !(data instanceof kinds[found].array) || data.length !== elementCount(shape)) {
    throw new RangeError(`${data.length} elements do not make an array of shape (${shape.join(', ')}), ${found}`);
  }
  return { dtype: found, shape: [...shape], data };
}

const dtypes = Object.keys(kinds) as NpyDtype[];

/** Element type of a numpy description such as "<f4", and its byte order; undefined for what is not a plain number. */
export function parseDescription(description: string): { dtype: NpyDtype; bigEndian: boolean } | undefined {
  const dtype = dtypes.find((name) => kinds[name].code === description.slice(1));
  return dtype && /^[<>|=]/.test(description) ? { dtype, bigEndian: description.startsWith('>') } : undefined;
}

/** Numpy's description of an element type, little endian. */
export function describeDtype(dtype: NpyDtype): string {
  return (itemBytes(dtype) === 1 ? '|' : '<') + kinds[dtype].code;
}

/** Reads the array whose stored bytes are `bytes`, which is used as the array's memory if it is suitably aligned. */
export function toArray(header: Omit<NpyHeader, 'dataOffset'>, bytes: Uint8Array): NpyArray {
  const { dtype, shape, bigEndian, fortranOrder } = header;
  const size = itemBytes(dtype);
  const own = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  if (bigEndian && size > 1) {
    const buffer = Buffer.from(own.buffer, own.byteOffset, own.length);
    if (size === 2) buffer.swap16();
    else if (size === 4) buffer.swap32();
    else buffer.swap64();
  }
  const data = new kinds[dtype].array(own.buffer as ArrayBuffer, own.byteOffset, own.length / size);
  return { dtype, shape, data: fortranOrder && shape.length > 1 ? toCOrder(data, shape) : data };
}

/** Fortran order (first axis fastest) to C order. */
function toCOrder(data: NpyData, shape: readonly number[]): NpyData {
  const result = data.slice();
  const strides: number[] = [];
  shape.reduce((stride, size) => (strides.push(stride), stride * size), 1);
  const index = shape.map(() => 0);
  for (let target = 0, source = 0; target < data.length; target++) {
    result[target] = data[source]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function refuse(code: string, message: string, where: string, hint = 'Write the file again.'): DatasetError {
  return new DatasetError(code, message, { where, hint });
}

/** How many bytes of `start` (the first 12 of the file) belong to the header. */
function headerBytes(start: Uint8Array, where: string): number {
  const buffer = Buffer.from(start.buffer, start.byteOffset, start.length);
  if (buffer.length < 12 || buffer.toString('latin1', 0, 6) !== '\x93NUMPY') {
    throw refuse('not-npy', 'This is not a .npy array', where);
  }
  const length = buffer[6] === 1 ? 10 + buffer.readUInt16LE(8) : 12 + buffer.readUInt32LE(8);
  if (buffer[6]! > 3 || length > 1 << 20) throw refuse('not-npy', 'The .npy header is not understood', where);
  return length;
}

/** The header from its bytes. */
function parseHeader(header: Uint8Array, where: string): NpyHeader {
  const text = Buffer.from(header).toString('latin1');
  const description = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  const parsed = description === undefined ? undefined : parseDescription(description);
  if (!parsed) {
    const what = description === undefined ? 'records' : `type "${description}"`;
    throw refuse(
      'unsupported-npy',
      `The array holds ${what}`,
      where,
      'Only arrays of numbers are read: convert it first.',
    );
  }
  if (order === undefined || sizes === undefined) throw refuse('not-npy', 'The .npy header is not understood', where);
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const elements = countElements(shape);
  if (elements === undefined || elements * itemBytes(parsed.dtype) > constants.MAX_LENGTH) {
    throw refuse('npy-too-large', `The array of shape (${shape.join(', ')}) is too large for memory`, where, '');
  }
  return { ...parsed, shape, fortranOrder: order === 'True', dataOffset: header.length };
}

/** A .npy header (version 1.0), padded so that the elements begin at a multiple of 64 bytes. */
export function formatHeader(dtype: NpyDtype, shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${describeDtype(dtype)}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', length - 1);
  return header;
}

export function bytesOf(data: NpyData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

async function readHeaderFrom(handle: FileHandle, fileBytes: number, file: string): Promise<NpyHeader> {
  const start = Buffer.alloc(Math.min(12, fileBytes));
  await readFully(handle, start, 0);
  const header = Buffer.alloc(headerBytes(start, file));
  if (!(await readFully(handle, header, 0))) throw refuse('npy-truncated', 'The file ends within its header', file);
  const parsed = parseHeader(header, file);
  const missing = parsed.dataOffset + elementCount(parsed.shape) * itemBytes(parsed.dtype) - fileBytes;
  if (missing > 0) throw refuse('npy-truncated', `The array is cut off: ${missing} bytes are missing`, file);
  return parsed;
}

/** Type and shape without the elements. */
export function readNpyHeader(file: string): Promise<NpyHeader> {
  return withFile(file, (handle, bytes) => readHeaderFrom(handle, bytes, file));
}

export function readNpy(file: string): Promise<NpyArray> {
  return withFile(file, async (handle, bytes) => {
    const header = await readHeaderFrom(handle, bytes, file);
    const data = new Uint8Array(elementCount(header.shape) * itemBytes(header.dtype));
    await readFully(handle, data, header.dataOffset);
    return toArray(header, data);
  });
}

/** Writes one array, whole or not at all. */
export function writeNpy(file: string, array: NpyArray): Promise<void> {
  return writeNpyParts(file, array.dtype, array.shape, [array.data]);
}

/** What a .npy file of this array consists of, one part behind the other. */
export function npyParts({ dtype, shape, data }: NpyArray): [header: Uint8Array, data: NpyData] {
  return [formatHeader(dtype, shape), data];
}

/** Writes an array of which `parts` (in C order, of the same type) come one after the other, so that it need not fit memory. */
export function writeNpyParts(
  file: string,
  dtype: NpyDtype,
  shape: readonly number[],
  parts: Iterable<NpyData> | AsyncIterable<NpyData>,
): Promise<void> {
  return writeWhole(file, async (handle) => {
    const header = formatHeader(dtype, shape);
    await writeFully(handle, header, 0);
    let position = header.length;
    for await (const part of parts) {
      await writeFully(handle, bytesOf(part), position);
      position += part.byteLength;
    }
    const expected = header.length + elementCount(shape) * itemBytes(dtype);
    if (position !== expected) throw new RangeError(`${position} instead of ${expected} bytes for ${file}`);
  });
}

/** A .npy file in memory, as in an .npz. */
export function decodeNpy(bytes: Uint8Array, where: string): NpyArray {
  const length = headerBytes(bytes.subarray(0, 12), where);
  if (length > bytes.length) throw refuse('npy-truncated', 'The array ends within its header', where);
  const header = parseHeader(bytes.subarray(0, length), where);
  const data = bytes.subarray(length);
  if (data.length !== elementCount(header.shape) * itemBytes(header.dtype)) {
    throw refuse('npy-truncated', 'The array is cut off, or longer than its shape says', where);
  }
  return toArray(header, data);
}
