/** Reading zip archives from disk: entries by name and by position; names, sizes and check sums are verified. */
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl';
import { StorageError } from '../method/errors';
import { readError } from '../storage/diskErrors';
import { readFully } from '../storage/fileBytes';

/** Deflate packs at most 1032 bytes into one; what claims more is made to exhaust memory. */
const maxRatio = 1040;

export class ZipArchive {
  private constructor(
    readonly file: string,
    readonly entries: ReadonlyMap<string, Entry>,
    private readonly handle: FileHandle,
    private readonly zip: ZipFile,
    private readonly fileBytes: number,
  ) {}

  static async open(file: string): Promise<ZipArchive> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      const { size } = await handle.stat();
      const zip = await fromFdPromise(handle.fd, { autoClose: false });
      return new ZipArchive(file, await listEntries(zip, size), handle, zip, size);
    } catch (error) {
      await handle?.close();
      throw zipError(readError(error, file), file);
    }
  }

  /** Where the bytes of a stored (uncompressed) entry begin in the file. */
  async dataStart(entry: Entry): Promise<number> {
    let fileDataStart: number;
    try {
      ({ fileDataStart } = await this.zip.readLocalFileHeaderPromise(entry, { minimal: true }));
    } catch (error) {
      throw zipError(error, this.file);
    }
    if (fileDataStart + entry.compressedSize > this.fileBytes)
      throw brokenZip(this.file, `"${entry.fileName}" is cut off`);
    return fileDataStart;
  }

  /** All bytes of an entry, in memory of its own, after its check sum was compared. */
  async read(entry: Entry): Promise<Uint8Array> {
    const bytes = new Uint8Array(entry.uncompressedSize);
    if (entry.compressionMethod === 0) {
      if (!(await readFully(this.handle, bytes, await this.dataStart(entry)))) {
        throw brokenZip(this.file, `"${entry.fileName}" is cut off`);
      }
    } else await this.inflate(entry, bytes);
    if (crc32(bytes) !== entry.crc32) throw brokenZip(this.file, `the check sum of "${entry.fileName}" is wrong`);
    return bytes;
  }

  /** The bytes of an entry, piece by piece; that they are all there and right is said at the end. */
  async *stream(entry: Entry): AsyncGenerator<Buffer> {
    try {
      let [done, sum] = [0, 0];
      const pieces = await this.zip.openReadStreamPromise(entry);
      for await (const piece of pieces as AsyncIterable<Buffer>) {
        done += piece.length;
        sum = crc32(piece, sum);
        yield piece;
      }
      if (done !== entry.uncompressedSize) throw new Error(`"${entry.fileName}" is shorter than it says`);
      if (sum !== entry.crc32) throw new Error(`the check sum of "${entry.fileName}" is wrong`);
    } catch (error) {
      throw zipError(error, this.file);
    }
  }

  /** Part of a stored entry, without its check sum. */
  async readRange(entry: Entry, from: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    if (
      from + length > entry.uncompressedSize ||
      !(await readFully(this.handle, bytes, (await this.dataStart(entry)) + from))
    ) {
      throw brokenZip(this.file, `"${entry.fileName}" is cut off`);
    }
    return bytes;
  }

  private async inflate(entry: Entry, target: Uint8Array): Promise<void> {
    try {
      let done = 0;
      const stream = await this.zip.openReadStreamPromise(entry);
      for await (const piece of stream as AsyncIterable<Buffer>) {
        target.set(piece, done);
        done += piece.length;
      }
      if (done !== target.length) throw new Error(`"${entry.fileName}" is shorter than it says`);
    } catch (error) {
      throw zipError(error, this.file);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

async function listEntries(zip: ZipFile, fileBytes: number): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let packed = 0;
  for await (const entry of zip.eachEntry()) {
    checkEntry(entry, fileBytes);
    if (entries.has(entry.fileName)) throw new Error(`it holds "${entry.fileName}" twice`);
    entries.set(entry.fileName, entry);
    packed += entry.compressedSize;
    // Thousands of names for the same bytes: each is small enough, and all of them fill the disk.
    if (packed > fileBytes) throw new Error('its files claim more bytes than it has');
  }
  return entries;
}

function checkEntry(entry: Entry, fileBytes: number): void {
  if (entry.isEncrypted()) throw new Error(`"${entry.fileName}" is encrypted`);
  if (![0, 8].includes(entry.compressionMethod)) throw new Error(`"${entry.fileName}" is packed in an unusual way`);
  if (entry.compressedSize > fileBytes || entry.uncompressedSize > entry.compressedSize * maxRatio + 1024) {
    throw new Error(`"${entry.fileName}" claims an impossible size of ${entry.uncompressedSize} bytes`);
  }
}

function brokenZip(file: string, what: string, cause?: unknown): StorageError {
  return new StorageError('broken-zip', `The archive can't be read: ${what}`, {
    where: file,
    hint: 'It may be incomplete: copy or download it again.',
    cause,
  });
}

/** yauzl tells what is wrong in plain errors. */
function zipError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error.constructor !== Error) return error;
  if ('code' in error && /^E[A-Z]+$/.test(String(error.code))) return readError(error, file);
  if (/relative path|absolute path|characters in fileName/.test(error.message)) {
    return new StorageError('unsafe-zip', `The archive holds a name that leads outside of it: ${error.message}`, {
      where: file,
      hint: 'This file was made to do harm; delete it.',
      cause: error,
    });
  }
  return brokenZip(file, error.message, error);
}
