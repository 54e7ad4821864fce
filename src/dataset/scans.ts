/** Image files as import, check and the sample need them: headers, values as stored, and writing on a given grid. */
import type { Geometry, Shape3, VoxelArray } from '../geometry/types';
import { decodeImage } from '../images/decode';
import { readHeader } from '../images/header';
import { toFloat32 } from '../images/storedVoxels';
import type { ImageHeader } from '../images/types';
import { writeVolume } from '../images/write';
import { tiffSpacing, type FileRole } from '../images/tiffSpacing';

export type ScanHeader = ImageHeader;

export interface Scan {
  header: ScanHeader;
  /** Values after scaling, (c, z, y, x). */
  data: VoxelArray;
  /** The grid as ITK sees it. @throws ImageError where ITK would refuse the file (directions that are not orthonormal) */
  geometry(): Geometry;
}

export async function readScanHeader(file: string, role: FileRole = 'image'): Promise<ScanHeader> {
  return readHeader(file, role);
}

export async function readScan(file: string, role: FileRole = 'image'): Promise<Scan> {
  const { header: own, voxels, itkGeometry } = await decodeImage(file);
  const isStack = own.format === 'TIFF' && own.shape[0] > 1;
  const header = isStack ? { ...own, spacing: await tiffSpacing(file, role) } : own;
  const data = header.scaling ? toFloat32(voxels, header.scaling) : voxels;
  return { header, data, geometry: () => gridOf(header, itkGeometry()) };
}

/** @param shape  (z, y, x); files of pictures need z = 1 */
export async function writeScan(
  file: string,
  data: VoxelArray,
  shape: Shape3,
  geometry: Geometry,
  role: FileRole = 'image',
): Promise<void> {
  await writeVolume(file, data, shape, geometry, role);
}

/** Writes an image in the format that the new name's ending says, without loss; colours and channels stay together. */
export async function convertImage(from: string, to: string): Promise<void> {
  const { header, data, geometry } = await readScan(from);
  await writeVolume(to, data, [header.channels, ...header.shape], geometry());
}

/** A TIFF stack has its spacing in a side file that ITK doesn't know. */
function gridOf(header: ScanHeader, geometry: Geometry): Geometry {
  return header.format === 'TIFF' && header.shape[0] > 1
    ? { ...geometry, spacing: [...header.spacing].reverse() }
    : geometry;
}
