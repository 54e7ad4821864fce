/** Bytes of big files: read by position without loading the rest, and written so that a file appears whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NnunetError, StorageError } from '../method/errors';

/** Node reads and writes at most 2 GiB in one call; smaller pieces also keep the thread pool fair. */
const pieceBytes = 64 * 1024 * 1024;

/**
 * Fills `target` with the bytes of the file from `position` on.
 * @returns false when the file ends before that
 */
export async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < target.length;) {
    const length = Math.min(pieceBytes, target.length - done);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

/** Writes all of `bytes` at `position`. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(pieceBytes, bytes.length - done);
    done += (await handle.write(bytes, done, length, position + done)).bytesWritten;
  }
}

/** Opens `file` for reading, hands it to `read` and closes it; what the disk refuses becomes a StorageError. */
export async function withFile<T>(file: string, read: (handle: FileHandle, bytes: number) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return await read(handle, (await handle.stat()).size);
  } catch (error) {
    throw storageError(error, file, 'read');
  } finally {
    await handle?.close();
  }
}

/**
 * Creates or replaces `file` with what `write` puts into the handle: a temporary name beside it, fsync, rename.
 * When anything fails the temporary file is removed and an older `file` stays as it was.
 */
export async function writeWhole<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const temporary = join(dirname(file), `.tmp-${process.pid}-${randomBytes(4).toString('hex')}-${basename(file)}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const result = await write(handle);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, file);
    return result;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storageError(error, file, 'write');
  }
}

const hints: Record<string, string> = {
  ENOENT: 'Check the path.',
  EACCES: 'Check the permissions of the folder.',
  EPERM: 'Check the permissions of the folder.',
  EROFS: 'Choose a folder on a disk that can be written to.',
  ENOSPC: 'Free some disk space, or choose a folder on another disk.',
  EDQUOT: 'Your disk quota is used up: free some space, or choose a folder on another disk.',
  EISDIR: 'This is a folder; choose a file.',
};

export function storageError(error: unknown, file: string, action: 'read' | 'write'): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof NnunetError || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  const what = code === 'ENOENT' && action === 'read' ? 'File not found' : `Could not ${action} the file (${code})`;
  return new StorageError(code === 'ENOENT' ? 'file-not-found' : `cannot-${action}`, what, {
    where: file,
    hint: hints[code] ?? '',
    cause: error,
  });
}
