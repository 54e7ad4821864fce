/** Makes the bytes of a NIfTI-1 file: one header with sform and qform, then the voxels. */
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { linearPart } from '../geometry/affine';
import { asThreeDimensional, singlePrecisionAffine } from '../geometry/itkGrid';
import { determinant3, hasOrthogonalColumns, nearestOrthonormal, normalizedColumns } from '../geometry/matrix';
import type { Affine, Geometry, Shape4, VoxelArray } from '../geometry/types';
import { ImageError } from '../method/errors';
import { writeFileAtomic } from '../storage/atomicFile';
import { storedTypeOf } from './storedVoxels';
import type { StoredType } from './types';

const gzip = promisify(gzipCallback) as (data: Buffer, options: object) => Promise<Buffer>;
const headerAndFlag = 352;
const typeCodes: Readonly<Partial<Record<StoredType, [code: number, bits: number]>>> = {
  uint8: [2, 8],
  int16: [4, 16],
  int32: [8, 32],
  float32: [16, 32],
  float64: [64, 64],
  int8: [256, 8],
  uint16: [512, 16],
  uint32: [768, 32],
};

/** How the grid is written down. */
interface NiftiGrid {
  affine: Affine;
  /** Steps per axis x, y, z (pixdim) */
  zooms: number[];
  /** Of the affine and the steps; mm where absent. */
  unitMm?: number;
  sformCode: number;
  qformCode: number;
  /** 2 for a file without a z axis. */
  dimensions: 2 | 3;
}

/** As SimpleITK writes: sform and qform both, code 1 (scanner). */
export function gridAsSimpleItk(geometry: Geometry): NiftiGrid {
  const { spacing } = asThreeDimensional(geometry);
  const dimensions = geometry.spacing.length === 2 ? 2 : 3;
  return { affine: singlePrecisionAffine(geometry), zooms: spacing, sformCode: 1, qformCode: 1, dimensions };
}

/**
 * As nibabel writes a new image: sform only, code 2 (aligned). The zooms are the image's, which may differ from the
 * columns' length. A sheared affine also gets a qform, its nearest rotation, because ITK would refuse the file otherwise.
 */
export function gridAsNibabel(affine: Affine, zooms: readonly number[], unitMm?: number): NiftiGrid {
  const qformCode = hasOrthogonalColumns(linearPart(affine)) ? 0 : 2;
  return { affine, zooms: [...zooms], unitMm, sformCode: 2, qformCode, dimensions: 3 };
}

/** Writes .nii or, compressed in the thread pool, .nii.gz. @param voxels (c, z, y, x) */
export async function writeNifti(file: string, voxels: VoxelArray, shape: Shape4, grid: NiftiGrid): Promise<void> {
  const header = niftiHeader(file, storedTypeOf(voxels), shape, grid);
  const bytes = Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  if (!/\.gz$/i.test(file)) return writeFileAtomic(file, [header, bytes]);
  const whole = Buffer.concat([header, bytes]);
  await writeFileAtomic(file, await gzip(whole, { level: 5, chunkSize: Math.max(65536, whole.length >> 3) }));
}

function niftiHeader(file: string, type: StoredType, [channels, z, y, x]: Shape4, grid: NiftiGrid): Buffer {
  const axes =
    grid.dimensions === 2 && z === 1 && channels === 1 ? [x, y] : channels === 1 ? [x, y, z] : [x, y, z, channels];
  if (axes.some((length) => length > 32767)) {
    throw new ImageError(
      'too-large',
      `NIfTI-1 has room for 32767 voxels per axis, this volume is ${axes.join(' x ')}`,
      {
        where: file,
        hint: 'Write it as .nrrd or .mha.',
      },
    );
  }
  const [code, bits] = typeCodes[type] ?? [0, 0];
  const quaternion = quaternionOf(grid.affine);
  const header = Buffer.alloc(headerAndFlag);
  header.writeInt32LE(348, 0);
  header.write('r', 38, 'latin1');
  [axes.length, ...axes].forEach((value, i) => header.writeInt16LE(value, 40 + 2 * i));
  for (let i = axes.length + 1; i < 8; i++) header.writeInt16LE(1, 40 + 2 * i);
  header.writeInt16LE(code, 70);
  header.writeInt16LE(bits, 72);
  [quaternion.qfac, ...grid.zooms, 1, 1, 1, 1].forEach((value, i) => header.writeFloatLE(value, 76 + 4 * i));
  header.writeFloatLE(headerAndFlag, 108);
  header.writeFloatLE(1, 112);
  const unitOfLength = grid.unitMm === 1e3 ? 1 : grid.unitMm === 1e-3 ? 3 : 2; // metres, micrometres, mm
  header.writeUInt8(unitOfLength | 8, 123); // and seconds
  header.writeInt16LE(grid.qformCode, 252);
  header.writeInt16LE(grid.sformCode, 254);
  const offsets = [0, 1, 2].map((row) => grid.affine[row]?.[3] ?? 0);
  [...quaternion.bcd, ...offsets].forEach((value, i) => header.writeFloatLE(value, 256 + 4 * i));
  grid.affine
    .slice(0, 3)
    .flat()
    .forEach((value, i) => header.writeFloatLE(value, 280 + 4 * i));
  header.write('n+1\0', 344, 'latin1');
  return header;
}

/** The rotation of an affine as NIfTI's quaternion (its b, c and d) and the sign of the third axis. */
function quaternionOf(affine: Affine): { bcd: [number, number, number]; qfac: 1 | -1 } {
  const unit = normalizedColumns(linearPart(affine));
  const orthonormal = nearestOrthonormal(unit) ?? [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const qfac = determinant3(orthonormal) < 0 ? -1 : 1;
  const rotation = orthonormal.map((value, i) => (i % 3 === 2 ? value * qfac : value));
  const [r00 = 0, r01 = 0, r02 = 0, r10 = 0, r11 = 0, r12 = 0, r20 = 0, r21 = 0, r22 = 0] = rotation;
  // Take the largest of the four components from the diagonal, the others from it: no small number is divided by.
  const [a2, b2, c2nd, d2] = [1 + r00 + r11 + r22, 1 + r00 - r11 - r22, 1 + r11 - r00 - r22, 1 + r22 - r00 - r11];
  const largest = Math.max(a2, b2, c2nd, d2);
  const root = 0.5 * Math.sqrt(largest);
  const q = 0.25 / root;
  const [a, b, c, d] =
    largest === a2
      ? [root, q * (r21 - r12), q * (r02 - r20), q * (r10 - r01)]
      : largest === b2
        ? [q * (r21 - r12), root, q * (r01 + r10), q * (r02 + r20)]
        : largest === c2nd
          ? [q * (r02 - r20), q * (r01 + r10), root, q * (r12 + r21)]
          : [q * (r10 - r01), q * (r02 + r20), q * (r12 + r21), root];
  return { bcd: a < 0 ? [-b, -c, -d] : [b, c, d], qfac };
}
