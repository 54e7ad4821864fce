/** Bytes of big files: read by position without loading the rest, and written so that a file appears whole or not at all. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageError, syncFolder } from './atomicFile';
import { sweepOnce, temporaryPath } from './temporaryFiles';
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
    throw readError(error, file);
  } finally {
    await handle?.close();
  }
}

/**
 * Creates or replaces `file` with what `write` puts into the handle: a temporary name beside it, fsync, rename, fsync of the folder.
 * When anything fails the temporary file is removed and an older `file` stays as it was.
 */
export async function writeWhole<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const temporary = temporaryPath(file);
  sweepOnce(dirname(file));
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const result = await write(handle);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, file);
    await syncFolder(dirname(file));
    return result;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isDiskError(error) ? storageError(error, file) : error;
  }
}

/** What a failed read of `file` means for the person; anything that did not come from the disk passes through. */
export function readError(error: unknown, file: string): unknown {
  if (!isDiskError(error)) return error;
  const make = (code: string, message: string, hint: string) =>
    new StorageError(code, message, { where: file, hint, cause: error });
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return make('file-missing', 'The file does not exist', 'Check the name and the folder.');
    case 'EACCES':
    case 'EPERM':
      return make('no-permission', 'No permission to read this file', 'Ask its owner, or copy it.');
    case 'EISDIR':
      return make('is-a-folder', 'This is a folder', 'Name a file.');
    default:
      return make('read-failed', `Reading failed: ${error.message}`, 'Check the disk and try again.');
  }
}

function isDiskError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return !(error instanceof NnunetError) && typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
}
