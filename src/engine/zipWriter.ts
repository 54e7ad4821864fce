/** Writes a zip archive of files on disk, piece by piece: none of them is ever in memory as a whole. */
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ZipFile } from 'yazl';
import { writeWhole } from '../storage/atomicFile';
import { readError } from '../storage/diskErrors';
import { writeFully } from '../storage/fileBytes';

interface PackedFile {
  /** In the archive, with slashes. */
  name: string;
  /** On disk. */
  file: string;
  /** False for what does not get smaller, such as weights. */
  compress: boolean;
}

interface WriteOptions {
  signal?: AbortSignal;
  /** Called when a file is begun. */
  begins?(name: string): void;
}

/**
 * The archive is there as a whole or not at all.
 * @returns its bytes
 * @throws StorageError for a file that can't be read, and as `writeWhole`
 */
export async function writeZip(
  target: string,
  files: readonly PackedFile[],
  { signal, begins }: WriteOptions = {},
): Promise<number> {
  const sizes = await Promise.all(files.map(({ file }) => sizeOf(file)));
  return writeWhole(target, async (handle) => {
    const zip = new ZipFile();
    const output = zip.outputStream as NodeJS.ReadableStream & { destroy(error?: Error): void };
    let source: ReadStream | undefined;
    zip.on('error', (error: Error) => output.destroy(error));
    files.forEach(({ name, file, compress }, at) => {
      const { size, mtime } = sizes[at]!;
      zip.addReadStreamLazy(name, { compress, size, mtime, mode: 0o100644 }, (give) => {
        begins?.(name);
        source = createReadStream(file);
        source.on('error', (error) => output.destroy(readError(error, file) as Error));
        give(null, source);
      });
    });
    zip.end();
    let position = 0;
    try {
      for await (const piece of output as AsyncIterable<Buffer>) {
        signal?.throwIfAborted();
        await writeFully(handle, piece, position);
        position += piece.length;
      }
    } finally {
      source?.destroy();
    }
    return position;
  });
}

async function sizeOf(file: string): Promise<{ size: number; mtime: Date }> {
  return stat(file).catch((error: unknown) => {
    throw readError(error, file);
  });
}
