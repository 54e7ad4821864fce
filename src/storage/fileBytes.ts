/** How are the bytes of a big file read and written by position, without holding the rest? */
import { open, type FileHandle } from 'node:fs/promises';
import { readError } from './diskErrors';

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
