/** Takes single volumes out of a 4D NIfTI file without touching a voxel or the geometry. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ImageError } from '../../method/errors';

/** Level that nnU-Net's own files have; higher levels take much longer for a few percent. */
export const gzipLevel = 6;

interface Layout {
  isBigEndian: boolean;
  isVersion2: boolean;
  voxelOffset: number;
  volumeBytes: number;
  volumes: number;
}

/**
 * The volumes of a 4D file, each as a 3D file.
 * @param wanted  indices along the 4th axis
 * @param compress  gzip each result
 */
export async function splitVolumes(file: string, wanted: readonly number[], compress: boolean): Promise<Buffer[]> {
  const stored = await readFile(file);
  const bytes = stored[0] === 0x1f && stored[1] === 0x8b ? await promisify(gunzip)(stored) : stored;
  const layout = readLayout(bytes, file);
  return Promise.all(
    wanted.map(async (volume) => {
      if (volume >= layout.volumes) {
        throw new ImageError('image-too-few-volumes', `There is no volume ${volume}: the file has ${layout.volumes}`, {
          where: file,
        });
      }
      const start = layout.voxelOffset + volume * layout.volumeBytes;
      const single = Buffer.concat([headerOfOne(bytes, layout), bytes.subarray(start, start + layout.volumeBytes)]);
      return compress ? promisify(gzip)(single, { level: gzipLevel }) : single;
    }),
  );
}

function readLayout(bytes: Buffer, file: string): Layout {
  const sizes = [bytes.readInt32LE(0), bytes.readInt32BE(0)];
  const isVersion2 = sizes.includes(540);
  const isBigEndian = sizes[1] === 348 || sizes[1] === 540;
  if (!isVersion2 && !sizes.includes(348)) {
    throw new ImageError('image-format', 'This is not a NIfTI file', { where: file });
  }
  const dim = (i: number) =>
    isVersion2
      ? Number(isBigEndian ? bytes.readBigInt64BE(16 + 8 * i) : bytes.readBigInt64LE(16 + 8 * i))
      : isBigEndian
        ? bytes.readInt16BE(40 + 2 * i)
        : bytes.readInt16LE(40 + 2 * i);
  const bitsAt = isVersion2 ? 14 : 72;
  const bits = isBigEndian ? bytes.readInt16BE(bitsAt) : bytes.readInt16LE(bitsAt);
  const voxelOffset = isVersion2
    ? Number(isBigEndian ? bytes.readBigInt64BE(168) : bytes.readBigInt64LE(168))
    : isBigEndian
      ? bytes.readFloatBE(108)
      : bytes.readFloatLE(108);
  const volumes = dim(0) >= 4 ? Math.max(dim(4), 1) : 1;
  const volumeBytes = (dim(1) * dim(2) * dim(3) * bits) / 8;
  if (bytes.length < voxelOffset + volumes * volumeBytes) {
    throw new ImageError('image-truncated', 'The file ends before its last volume', {
      where: file,
      hint: 'Copy it again from its source.',
    });
  }
  return { isBigEndian, isVersion2, voxelOffset, volumeBytes, volumes };
}

/** The header (with its extensions) saying 3 axes instead of 4. */
function headerOfOne(bytes: Buffer, { isVersion2, isBigEndian, voxelOffset }: Layout): Buffer {
  const header = Buffer.from(bytes.subarray(0, voxelOffset));
  const setDim = (i: number, value: number) => {
    if (!isVersion2) {
      if (isBigEndian) header.writeInt16BE(value, 40 + 2 * i);
      else header.writeInt16LE(value, 40 + 2 * i);
    } else if (isBigEndian) header.writeBigInt64BE(BigInt(value), 16 + 8 * i);
    else header.writeBigInt64LE(BigInt(value), 16 + 8 * i);
  };
  setDim(0, 3);
  for (let i = 4; i <= 7; i++) setDim(i, 1);
  return header;
}
