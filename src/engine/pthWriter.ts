/**
 * Writes .pth files as torch.save lays them out: stored zip entries whose data begins at multiples of 64 bytes, so that torch
 * may map them. No zip library aligns its entries, hence these few lines.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { EngineError } from '../method/errors';
import { writeWhole } from '../storage/atomicFile';
import { writeFully } from '../storage/fileBytes';
import { writePickle } from './pickleWriter';
import type { PickleValue } from './pickleValues';
import type { TensorSource } from './safetensors';

const alignment = 64;
const utf8Names = 0x0800;
const maxBytes = 2 ** 32 - 2;

/**
 * Saves `value`; the tensors in it refer to `storages` by their index.
 * @param storages  read one after the other, so that only one is in memory
 */
export function writePth(file: string, value: PickleValue, storages: readonly TensorSource[]): Promise<void> {
  return writeWhole(file, async (handle) => {
    const zip = new StoredZip(handle, file);
    await zip.add('data.pkl', writePickle(value, 2));
    await zip.add('.format_version', '1');
    await zip.add('.storage_alignment', String(alignment));
    await zip.add('byteorder', 'little');
    for (const [index, storage] of storages.entries()) await zip.add(`data/${index}`, await storage.read());
    await zip.add('version', '3\n');
    // 40 digits that tell files of different content apart.
    await zip.add('.data/serialization_id', zip.contentId().padStart(40, '0'));
    await zip.finish();
  });
}

interface StoredEntry {
  name: Buffer;
  start: number;
  bytes: number;
  crc: number;
}

class StoredZip {
  private readonly entries: StoredEntry[] = [];
  private position = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly file: string,
  ) {}

  async add(path: string, content: Uint8Array | string): Promise<void> {
    const data = typeof content === 'string' ? Buffer.from(content) : content;
    const entry = { name: Buffer.from(`archive/${path}`), start: this.position, bytes: data.length, crc: crc32(data) };
    const unpadded = this.position + 30 + entry.name.length + 4;
    const padding = (alignment - (unpadded % alignment)) % alignment;
    if (unpadded + padding + data.length > maxBytes) {
      throw new EngineError(
        'checkpoint-too-large',
        'The checkpoint would be larger than 4 GiB, which is not supported',
        {
          where: this.file,
          hint: 'Use the .safetensors file beside it.',
        },
      );
    }
    // torch pads with an extra field of its own, "FB".
    const extra = Buffer.alloc(4 + padding, 'Z');
    extra.write('FB', 'latin1');
    extra.writeUInt16LE(padding, 2);
    const head = Buffer.concat([this.header(0x04034b50, entry, extra.length), entry.name, extra]);
    await writeFully(this.handle, head, this.position);
    await writeFully(this.handle, data, this.position + head.length);
    this.position += head.length + data.length;
    this.entries.push(entry);
  }

  contentId(): string {
    const sums = this.entries.map(({ crc }) => crc);
    return `${crc32(Buffer.from(sums.join()))}${sums.reduce((sum, crc) => sum + crc, 0)}`;
  }

  /** The directory at the end. */
  async finish(): Promise<void> {
    const directory = Buffer.concat(this.entries.flatMap((entry) => [this.header(0x02014b50, entry, 0), entry.name]));
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50);
    end.writeUInt16LE(this.entries.length, 8);
    end.writeUInt16LE(this.entries.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(this.position, 16);
    await writeFully(this.handle, Buffer.concat([directory, end]), this.position);
  }

  /** Header of an entry (0x04034b50) or its line in the directory (0x02014b50), which share most fields. */
  private header(signature: number, entry: StoredEntry, extraBytes: number): Buffer {
    const inDirectory = signature === 0x02014b50;
    const header = Buffer.alloc(inDirectory ? 46 : 30);
    const shift = inDirectory ? 2 : 0;
    header.writeUInt32LE(signature);
    header.writeUInt16LE(utf8Names, 6 + shift);
    header.writeUInt32LE(entry.crc, 14 + shift);
    header.writeUInt32LE(entry.bytes, 18 + shift);
    header.writeUInt32LE(entry.bytes, 22 + shift);
    header.writeUInt16LE(entry.name.length, 26 + shift);
    header.writeUInt16LE(extraBytes, 28 + shift);
    if (inDirectory) header.writeUInt32LE(entry.start, 42);
    return header;
  }
}
