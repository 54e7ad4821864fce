/** Reads the bytes of an image file, gunzipping where they are gzip, with errors that name the file and the way out. */
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gunzip as gunzipCallback, gunzipSync } from 'node:zlib';
import { ImageError } from '../method/errors';

const gunzip = promisify(gunzipCallback) as (data: Buffer, options: object) => Promise<Buffer>;
/** A deflate stream can't shrink data more than this. */
const largestRatio = 1032;
const largestChunk = 2 ** 30;

/** Enough for any header of a few hundred bytes. */
const headerBytes = 4096;

/** Start of a file, uncompressed. */
interface FileStart {
  bytes: Buffer;
  isGzip: boolean;
  fileSize: number;
  /** All bytes as they are stored, where no more were asked for. */
  stored?: Buffer;
}

/** @param length  how much is read; only the first few kilobytes are uncompressed */
export async function readStart(file: string, length = headerBytes): Promise<FileStart> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const asked = Math.min(length, Math.max(size, headerBytes));
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(asked), 0, asked, 0);
      if (bytesRead === 0) throw emptyFile(file);
      const all = buffer.subarray(0, bytesRead);
      const start = all.subarray(0, headerBytes);
      const isGzip = startsLikeGzip(start);
      return {
        bytes: isGzip ? gunzipStart(start, size <= start.length, file) : start,
        isGzip,
        fileSize: size,
        stored: size <= bytesRead ? all : undefined,
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(error, file);
  }
}

/**
 * All bytes of a file, gunzipped if they are gzip. The work is done in Node's thread pool.
 * @param expectedBytes  uncompressed length the header promises: allocates once; a file that can't hold it is refused at once
 * @param stored  the file's bytes, where they were read already
 */
export async function readBytes(file: string, expectedBytes: number, stored?: Buffer): Promise<Buffer> {
  const raw =
    stored ??
    (await readFile(file).catch((error: unknown) => {
      throw readError(error, file);
    }));
  if (raw.length === 0) throw emptyFile(file);
  if (!startsLikeGzip(raw)) return raw;
  if (expectedBytes > raw.length * largestRatio + 4096) throw truncatedFile(file);
  // Room beyond the end lets zlib see that the stream is over without a second buffer.
  const chunkSize = Math.min(Math.max(expectedBytes + 1024, 65536), largestChunk);
  try {
    return await gunzip(raw, { chunkSize });
  } catch (error) {
    throw gunzipError(error, file);
  }
}

/** How a file's content is stored, whatever its ending says. */
export async function compressionOf(file: string): Promise<'gzip' | 'none' | 'empty'> {
  try {
    const handle = await open(file, 'r');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
    return bytesRead === 0 ? 'empty' : startsLikeGzip(buffer.subarray(0, bytesRead)) ? 'gzip' : 'none';
  } catch (error) {
    throw readError(error, file);
  }
}

export function startsLikeGzip(bytes: Buffer): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Of a file that is cut off there is no end to find; of a whole one there must be. */
function gunzipStart(bytes: Buffer, isWhole: boolean, file: string): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: isWhole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw gunzipError(error, file);
  }
}

function gunzipError(error: unknown, file: string): ImageError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'Z_BUF_ERROR') return truncatedFile(file, error);
  if (!code?.startsWith('Z_')) return readError(error, file);
  return new ImageError('damaged-file', 'The compressed data is damaged', {
    where: file,
    hint: 'Copy or download the file again.',
    cause: error,
  });
}

export function truncatedFile(file: string, cause?: unknown): ImageError {
  return new ImageError('truncated-file', 'The file ends before its last voxel', {
    where: file,
    hint: 'It was probably not copied or downloaded completely: get it again.',
    cause,
  });
}

export function emptyFile(file: string): ImageError {
  return new ImageError('empty-file', 'The file is empty', { where: file, hint: 'Copy or download it again.' });
}

export function notAnImage(file: string, format: string, detail?: string): ImageError {
  return new ImageError('not-an-image', `This is not a ${format} file${detail ? `: ${detail}` : ''}`, {
    where: file,
    hint: 'Check that its ending fits its content, and that it opens in another viewer.',
  });
}

/** What a failed read of `file` means for the person; ImageErrors pass through. */
export function readError(error: unknown, file: string): ImageError {
  if (error instanceof ImageError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const [name, message, hint] = {
    ENOENT: ['file-missing', 'The file does not exist', 'Check the name and the folder.'] as const,
    ENOTDIR: ['file-missing', 'The file does not exist', 'Check the name and the folder.'] as const,
    EISDIR: ['not-an-image', 'This is a folder, not an image file', 'Name a file.'] as const,
    EACCES: ['no-permission', 'No permission to read this file', 'Ask its owner, or copy it.'] as const,
    EPERM: ['no-permission', 'No permission to read this file', 'Ask its owner, or copy it.'] as const,
    ERR_FS_FILE_TOO_LARGE: ['too-large', 'The file is larger than 2 GiB', 'Compress it, or crop the volume.'] as const,
    ERR_BUFFER_TOO_LARGE: ['too-large', 'The volume does not fit into one buffer', 'Crop or resample it.'] as const,
  }[code] ?? [
    'read-failed',
    `Reading failed: ${error instanceof Error ? error.message : String(error)}`,
    'Check the disk and try again.',
  ];
  return new ImageError(name, message, { where: file, hint, cause: error });
}
