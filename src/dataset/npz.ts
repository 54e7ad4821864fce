/** Numpy's .npz files (zip archives of .npy arrays), as nnU-Net uses them for probabilities and, formerly, for cases. */
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { writeWhole } from '../storage/atomicFile';
import { writeFully } from '../storage/fileBytes';
import { ZipArchive } from '../engine/zip';
import { bytesOf, decodeNpy, formatHeader, type NpyArray } from './npy';

/** The arrays of the archive by name; only `names`, where given. */
export async function readNpz(file: string, names?: readonly string[]): Promise<Record<string, NpyArray>> {
  const zip = await ZipArchive.open(file);
  try {
    const arrays: Record<string, NpyArray> = {};
    for (const [path, entry] of zip.entries) {
      const name = path.replace(/\.npy$/, '');
      if (name === path || (names && !names.includes(name))) continue;
      arrays[name] = decodeNpy(await zip.read(entry), `${file}: ${path}`);
    }
    return arrays;
  } finally {
    await zip.close();
  }
}

/** What the arrays take in memory, all together. */
export async function npzBytes(file: string): Promise<number> {
  const zip = await ZipArchive.open(file);
  try {
    return [...zip.entries.values()].reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  } finally {
    await zip.close();
  }
}

/** Writes arrays by name. `compress` as numpy.savez_compressed (slower, for label maps and probabilities). */
export function writeNpz(file: string, arrays: Record<string, NpyArray>, compress = true): Promise<void> {
  return writeWhole(file, async (handle) => {
    const zip = new ZipFile();
    for (const [name, array] of Object.entries(arrays)) {
      const header = formatHeader(array.dtype, array.shape);
      const size = header.length + array.data.byteLength;
      zip.addReadStreamLazy(`${name}.npy`, { compress, size, mtime: new Date(1980, 0, 1) }, (give) => {
        give(null, Readable.from(pieces(header, bytesOf(array.data))));
      });
    }
    zip.end();
    let position = 0;
    for await (const piece of zip.outputStream as AsyncIterable<Buffer>) {
      await writeFully(handle, piece, position);
      position += piece.length;
    }
  });
}

function* pieces(header: Uint8Array, data: Uint8Array, length = 1 << 20): Generator<Uint8Array> {
  yield header;
  for (let start = 0; start < data.length; start += length) yield data.subarray(start, start + length);
}
