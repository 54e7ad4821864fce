/** Writes a file so that readers see the old content or the new one, never a part: temporary name, fsync, rename, fsync of the folder. */
import * as fs from 'node:fs';
import { type FileHandle, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, isDiskError, storageError } from './diskErrors';
import { sweepOnce, temporaryPath } from './temporaryFiles';

type FileContent = string | Uint8Array | readonly Uint8Array[];

/**
 * Writes `data` to `path` in one step; text becomes UTF-8, a list of buffers is written one after the other.
 * The folder must exist. A symbolic link keeps pointing to its target, which gets the new content.
 * On failure the old file is untouched and nothing is left behind.
 * @throws StorageError disk-full, no-permission, read-only-disk, folder-missing, is-a-folder, write-failed
 */
export async function writeFileAtomic(path: string, data: FileContent): Promise<void> {
  const parts = typeof data === 'string' ? [Buffer.from(data, 'utf8')] : data instanceof Uint8Array ? [data] : data;
  await writeWhole(path, async (handle) => {
    for (const part of parts) await handle.writeFile(part);
  });
}

/** Like `writeFileAtomic`, for content that is made while it is written. An error of `chunks` is thrown on unchanged. */
export async function writeStreamAtomic(
  path: string,
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  await writeWhole(path, async (handle) => {
    try {
      for (;;) {
        const next = await nextChunk(iterator);
        if (next.done) return;
        await handle.writeFile(next.value);
      }
    } catch (error) {
      await iterator.return?.();
      throw error;
    }
  });
}

/** `writeFileAtomic` for small files of which the next step may not begin before they are there. */
export function writeFileAtomicSync(path: string, text: string): void {
  const temporary = temporaryPath(path);
  sweepOnce(dirname(path));
  try {
    const descriptor = fs.openSync(temporary, 'wx');
    try {
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, path);
    syncFolderSync(dirname(path));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw storageError(error, path);
  }
}

/** A copy that is there as a whole or not at all. */
export function copyFileAtomic(from: string, to: string): Promise<void> {
  return writeStreamAtomic(to, fs.createReadStream(from));
}

/** A failure of the source, told apart from one of the disk. */
class SourceFailure extends Error {
  constructor(readonly error: unknown) {
    super('The content could not be made', { cause: error });
  }
}

async function nextChunk(
  iterator: AsyncIterator<Uint8Array | string> | Iterator<Uint8Array | string>,
): Promise<IteratorResult<Uint8Array | string>> {
  try {
    return await iterator.next();
  } catch (error) {
    throw new SourceFailure(error);
  }
}

/**
 * Creates or replaces a file with what `write` puts into the handle, as `writeFileAtomic`.
 * @throws StorageError where the disk refuses; what else `write` throws
 */
export async function writeWhole<T>(path: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const target = await realpath(path).catch(() => path);
  const folder = dirname(target);
  const temporary = temporaryPath(target);
  sweepOnce(folder);
  let created = false;
  try {
    const handle = await open(temporary, 'wx');
    created = true;
    let result: T;
    try {
      result = await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameInto(temporary, target);
    await syncFolder(folder);
    return result;
  } catch (error) {
    if (created) await unlink(temporary).catch(() => undefined);
    if (error instanceof SourceFailure) throw error.error;
    throw isDiskError(error) ? storageError(error, path) : error;
  }
}

/** Windows refuses to replace a file for the moments in which a virus scanner or an indexer has it open. */
export async function renameInto(temporary: string, target: string): Promise<void> {
  const attempts = process.platform === 'win32' ? 6 : 1;
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(temporary, target);
      return;
    } catch (error) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error));
      if (!busy || attempt >= attempts) throw error;
      await sleep(50 * attempt);
    }
  }
}

/** Makes new names in a folder durable. Not every file system lets a folder be synced: then the rename still holds. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some network shares.
  }
}

function syncFolderSync(folder: string): void {
  try {
    const descriptor = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // As above.
  }
}
