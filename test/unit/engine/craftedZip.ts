/** Zip archives as no well-meaning program writes them. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface Part {
  name: string;
  data: Buffer;
  /** Lies about the size, or packs the data. */
  claimed?: number;
  deflate?: boolean;
  crc?: number;
  /** As Unix keeps them: the kind of the file and who may do what. */
  mode?: number;
  /** Another name for the bytes of the part before it. */
  shares?: boolean;
}

/** A zip archive as an attacker might write it. */
export function craftedZip(parts: Part[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  let last = 0;
  for (const { name, data, claimed, deflate, crc, mode, shares } of parts) {
    const stored = deflate ? deflateRawSync(data) : data;
    const fields = (signature: number, length: number, shift: number) => {
      const header = Buffer.alloc(length);
      header.writeUInt32LE(signature);
      header.writeUInt16LE(deflate ? 8 : 0, 8 + shift);
      header.writeUInt32LE(crc ?? crc32(data), 14 + shift);
      header.writeUInt32LE(deflate ? stored.length : (claimed ?? stored.length), 18 + shift);
      header.writeUInt32LE(claimed ?? data.length, 22 + shift);
      header.writeUInt16LE(name.length, 26 + shift);
      return header;
    };
    const entry = fields(0x02014b50, 46, 2);
    entry.writeUInt32LE((mode ?? 0) * 65536, 38);
    entry.writeUInt32LE(shares ? last : at, 42);
    directory.push(entry, Buffer.from(name));
    if (shares) continue;
    const head = Buffer.concat([fields(0x04034b50, 30, 0), Buffer.from(name), stored]);
    local.push(head);
    last = at;
    at += head.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, list, end]);
}
