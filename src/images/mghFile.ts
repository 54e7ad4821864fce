/** Reads FreeSurfer's .mgh and .mgz: big-endian header of 284 bytes, then the voxels, x fastest, frames slowest. */
import { applyAffine, makeAffine, positiveZeros } from '../geometry/affine';
import { geometryFromAffine } from '../geometry/itkGrid';
import type { Vector3 } from '../geometry/types';
import { countElements } from '../method/countElements';
import { ImageError } from '../method/errors';
import { notAnImage, readBytes, readStart, truncatedFile } from './imageBytes';
import { requireSpacing } from './spacing';
import { bytesPerVoxel, typedVoxels } from './storedVoxels';
import type { DecodedImage, ImageHeader, StoredType } from './types';

const headerBytes = 284;
const storedTypes: Readonly<Record<number, StoredType>> = { 0: 'uint8', 1: 'int32', 3: 'float32', 4: 'int16' };

export async function readMghHeader(file: string): Promise<ImageHeader> {
  return parseHeader((await readStart(file)).bytes, file);
}

export async function decodeMgh(file: string): Promise<DecodedImage> {
  const header = await readMghHeader(file);
  const length = header.channels * header.shape.reduce((a, b) => a * b, 1) * bytesPerVoxel(header.storedType);
  const bytes = await readBytes(file, headerBytes + length);
  if (bytes.length < headerBytes + length) throw truncatedFile(file);
  return {
    header,
    voxels: typedVoxels(bytes.subarray(headerBytes, headerBytes + length), header.storedType, 'big'),
    itkGeometry: () => geometryFromAffine(header.affine),
    nibabel: { affine: header.affine, zooms: [...header.spacing].reverse() as Vector3, unitMm: 1 },
  };
}

function parseHeader(bytes: Buffer, file: string): ImageHeader {
  if (bytes.length < headerBytes || bytes.readInt32BE(0) !== 1) throw notAnImage(file, 'FreeSurfer MGH');
  const [x = 0, y = 0, z = 0, frames = 0] = [4, 8, 12, 16].map((at) => bytes.readInt32BE(at));
  const storedType = storedTypes[bytes.readInt32BE(20)];
  if (!storedType || x < 1 || y < 1 || z < 1 || frames < 1 || !countElements([x, y, z, frames])) {
    throw new ImageError('bad-dimensions', 'The header makes no sense', { where: file, hint: 'Get the file again.' });
  }
  const hasOrientation = bytes.readInt16BE(28) > 0;
  const floats = Array.from({ length: 15 }, (_, i) => bytes.readFloatBE(30 + 4 * i));
  const steps = (hasOrientation ? floats.slice(0, 3) : [1, 1, 1]) as Vector3;
  requireSpacing(steps, [x, y, z], file);
  // Stored axis by axis: the cosines of x, of y, of z. Without them FreeSurfer assumes LIA.
  const cosines = hasOrientation ? floats.slice(3, 12) : [-1, 0, 0, 0, 0, -1, 0, 1, 0];
  const centre = (hasOrientation ? floats.slice(12, 15) : [0, 0, 0]) as Vector3;
  const linear = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((axis) => (cosines[3 * axis + row] ?? 0) * (steps[axis] ?? 1)),
  );
  const middle = applyAffine(makeAffine(linear, [0, 0, 0]), [x / 2, y / 2, z / 2]);
  const offset = centre.map((value, i) => value - (middle[i] ?? 0)) as Vector3;
  return {
    file,
    format: 'MGH',
    shape: [z, y, x],
    channels: frames,
    spatialDimensions: 3,
    spacing: [...steps].reverse() as Vector3,
    affine: positiveZeros(makeAffine(linear, offset)),
    storedType,
    byteOrder: 'big',
    fileShape: frames > 1 ? [x, y, z, frames] : [x, y, z],
  };
}
