/** Safetensors files: a JSON header (names, types, shapes, texts), then the tensors' bytes. Tensors are read one by one. */
import { open, type FileHandle } from 'node:fs/promises';
import { countElements } from '../method/countElements';
import { EngineError } from '../method/errors';
import { writeWhole } from '../storage/atomicFile';
import { readError } from '../storage/diskErrors';
import { readFully, writeFully } from '../storage/fileBytes';
import { tensorItemBytes, type TensorDtype } from './pickleValues';

const typeNames: Record<TensorDtype, string> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};
const dtypes = new Map(Object.entries(typeNames).map(([dtype, name]) => [name, dtype as TensorDtype]));
/** As in the reference implementation. */
const maxHeaderBytes = 100_000_000;

/** A tensor that is fetched when it is needed: little endian, row-major. */
export interface TensorSource {
  dtype: TensorDtype;
  shape: number[];
  read(): Promise<Uint8Array>;
}

export function tensorBytes({ dtype, shape }: { dtype: TensorDtype; shape: readonly number[] }): number {
  return shape.reduce((product, size) => product * size, tensorItemBytes[dtype]);
}

export class SafetensorsFile {
  private constructor(
    readonly file: string,
    readonly metadata: Readonly<Record<string, string>>,
    /** In the order of the header. */
    readonly tensors: ReadonlyMap<string, TensorSource>,
    private readonly handle: FileHandle,
  ) {}

  static async open(file: string): Promise<SafetensorsFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      const { header, dataStart, dataBytes } = await readHeader(handle, file);
      const tensors = new Map<string, TensorSource>();
      const { __metadata__: metadata, ...entries } = header;
      for (const [name, entry] of Object.entries(entries)) {
        tensors.set(name, tensorOf(entry, name, file, handle, dataStart, dataBytes));
      }
      return new SafetensorsFile(file, metadataOf(metadata, file), tensors, handle);
    } catch (error) {
      await handle?.close();
      throw readError(error, file);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function damaged(file: string, what: string): EngineError {
  return new EngineError('bad-checkpoint', `The checkpoint can't be read: ${what}`, {
    where: file,
    hint: 'Choose another checkpoint of this training with --checkpoint, or copy the file again.',
  });
}

async function readHeader(handle: FileHandle, file: string) {
  const { size } = await handle.stat();
  const start = Buffer.alloc(8);
  if (size < 8) throw damaged(file, 'it is too short');
  await readFully(handle, start, 0);
  const length = Number(start.readBigUInt64LE());
  if (length > Math.min(size - 8, maxHeaderBytes)) throw damaged(file, 'its header is longer than the file');
  const bytes = Buffer.alloc(length);
  await readFully(handle, bytes, 8);
  let header: unknown;
  try {
    // Damage shows: what is not UTF-8 would be replaced by other characters.
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw damaged(file, 'its header is not JSON');
  }
  if (!isObject(header)) throw damaged(file, 'its header is not JSON');
  return { header, dataStart: 8 + length, dataBytes: size - 8 - length };
}

function tensorOf(
  entry: unknown,
  name: string,
  file: string,
  handle: FileHandle,
  dataStart: number,
  dataBytes: number,
): TensorSource {
  if (!isObject(entry)) throw damaged(file, `the tensor ${name} is not described`);
  const dtype = dtypes.get(String(entry.dtype));
  if (!dtype) throw damaged(file, `the tensor ${name} has the unknown type ${String(entry.dtype).slice(0, 20)}`);
  const { shape, data_offsets: offsets } = entry;
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw damaged(file, `the tensor ${name} has no shape`);
  const [from, to] = offsets as [number, number];
  const elements = countElements(shape);
  if (elements === undefined || to > dataBytes || to - from !== elements * tensorItemBytes[dtype]) {
    throw damaged(file, `the tensor ${name} lies outside the file`);
  }
  const read = async () => {
    const bytes = new Uint8Array(to - from);
    if (!(await readFully(handle, bytes, dataStart + from))) throw damaged(file, `the tensor ${name} is cut off`);
    return bytes;
  };
  return { dtype, shape, read };
}

function metadataOf(value: unknown, file: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw damaged(file, 'its metadata is not text');
  }
  return value as Record<string, string>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Writes tensors one after the other, whole file or none. */
export function writeSafetensors(
  file: string,
  metadata: Record<string, string>,
  tensors: ReadonlyMap<string, TensorSource>,
): Promise<void> {
  return writeWhole(file, async (handle) => {
    let offset = 0;
    const entries = [...tensors].map(([name, source]): [string, unknown] => {
      const start = offset;
      offset += tensorBytes(source);
      return [name, { dtype: typeNames[source.dtype], shape: source.shape, data_offsets: [start, offset] }];
    });
    const header = Object.fromEntries([['__metadata__', metadata], ...entries]);
    const text = Buffer.from(JSON.stringify(header), 'utf8');
    const start = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ');
    start.writeBigUInt64LE(BigInt(start.length - 8));
    text.copy(start, 8);
    await writeFully(handle, start, 0);
    let position = start.length;
    for (const [name, source] of tensors) {
      const bytes = await source.read();
      if (bytes.length !== tensorBytes(source)) throw new RangeError(`${name}: ${bytes.length} bytes`);
      await writeFully(handle, bytes, position);
      position += bytes.length;
    }
  });
}
