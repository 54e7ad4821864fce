/**
 * Checkpoint files of torch.save (.pth): a zip archive of one pickle and the tensors' storages. The pickle is read as data,
 * storages stay on disk until a tensor is asked for.
 */
import { open } from 'node:fs/promises';
import type { Entry } from 'yauzl';
import { EngineError, NnunetError } from '../method/errors';
import { readError } from '../storage/diskErrors';
import { contiguousStrides, tensorItemBytes, type TensorReference, type PickleValue } from './pickleValues';
import { readPickle } from './pickle';
import type { TensorSource } from './safetensors';
import { ZipArchive } from './zip';

/** Far beyond the pickle of any checkpoint, whose tensors lie beside it. */
const maxPickleBytes = 256 * 1024 * 1024;

export class PthFile {
  private constructor(
    private readonly zip: ZipArchive,
    private readonly prefix: string,
    /** What was saved; tensors in it are references to read with `tensor`. */
    readonly value: PickleValue,
  ) {}

  static async open(file: string): Promise<PthFile> {
    await refuseOtherFormats(file);
    const zip = await ZipArchive.open(file);
    try {
      const name = [...zip.entries.keys()].find((path) => /^[^/]+\/data\.pkl$/.test(path));
      if (!name) throw broken(file, 'the archive holds no data.pkl');
      const prefix = name.slice(0, -'data.pkl'.length);
      const entry = zip.entries.get(name)!;
      if (entry.uncompressedSize > maxPickleBytes) throw broken(file, 'its description is too large');
      const order = zip.entries.get(`${prefix}byteorder`);
      if (order && Buffer.from(await zip.read(order)).toString('latin1') !== 'little') {
        throw broken(file, 'it was written on a big-endian machine');
      }
      return new PthFile(zip, prefix, readPickle(await zip.read(entry), { storages: true }));
    } catch (error) {
      await zip.close();
      throw withFile(error, file);
    }
  }

  /** The tensor's elements, row-major; read when asked for. */
  tensor(tensor: TensorReference): TensorSource {
    const { dtype, shape } = tensor;
    return { dtype, shape, read: () => this.read(tensor) };
  }

  private async read(tensor: TensorReference): Promise<Uint8Array> {
    const { storage, shape, strides, offset, elements, dtype } = tensor;
    const entry = this.storage(storage.key, storage.elements * tensorItemBytes[dtype]);
    const size = tensorItemBytes[dtype];
    if (elements === 0) return new Uint8Array(0);
    const steps = contiguousStrides(shape);
    const isRowMajor = shape.every((length, axis) => length === 1 || strides[axis] === steps[axis]);
    const whole = elements === storage.elements && isRowMajor;
    if (whole) return this.zip.read(entry);
    const span = isRowMajor
      ? elements
      : 1 + shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, 0);
    const bytes = await this.zip.readRange(entry, offset * size, span * size);
    return isRowMajor ? bytes : gather(bytes, shape, strides, size);
  }

  private storage(key: string, bytes: number): Entry {
    const entry = this.zip.entries.get(`${this.prefix}data/${key}`);
    if (!entry) throw broken(this.zip.file, `the storage ${key} is missing`);
    if (entry.compressionMethod !== 0) {
      throw new EngineError(
        'compressed-checkpoint',
        "The checkpoint was packed again, so its tensors can't be read in place",
        {
          where: this.zip.file,
          hint: 'Use the .pth file as torch.save wrote it.',
        },
      );
    }
    if (entry.uncompressedSize !== bytes) throw broken(this.zip.file, `the storage ${key} has the wrong size`);
    return entry;
  }

  async close(): Promise<void> {
    await this.zip.close();
  }
}

function broken(file: string, what: string): EngineError {
  return new EngineError('bad-checkpoint', `The checkpoint can't be read: ${what}`, {
    where: file,
    hint: 'Copy or download the file again.',
  });
}

/** Before 2019 torch.save wrote bare pickles. */
async function refuseOtherFormats(file: string): Promise<void> {
  const start = Buffer.alloc(4);
  try {
    const handle = await open(file, 'r');
    await handle.read(start, 0, 4, 0).finally(() => handle.close());
  } catch (error) {
    throw readError(error, file);
  }
  if (start.toString('latin1') === 'PK\x03\x04') return;
  if (start[0] === 0x80) {
    throw new EngineError(
      'legacy-checkpoint',
      'The checkpoint has the format of PyTorch before 1.6, or of nnU-Net v1',
      {
        where: file,
        hint: 'Save it again with a current PyTorch: torch.save(torch.load(old), new).',
      },
    );
  }
  throw broken(file, 'this is no file of torch.save');
}

/** Errors of the pickle do not know the file. */
function withFile(error: unknown, file: string): unknown {
  if (!(error instanceof NnunetError) || error.where) return error;
  return new EngineError(error.code, error.message, { where: file, hint: error.hint, cause: error });
}

/** Row-major copy of a strided view whose first element is the first of `bytes`. */
function gather(bytes: Uint8Array, shape: readonly number[], strides: readonly number[], size: number): Uint8Array {
  const elements = shape.reduce((product, length) => product * length, 1);
  const result = new Uint8Array(elements * size);
  const index = shape.map(() => 0);
  for (let element = 0, from = 0; element < elements; element++) {
    for (let byte = 0; byte < size; byte++) result[element * size + byte] = bytes[from * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
