/** Writes NRRD, MetaImage, GIPL, TIFF, PNG, JPEG and BMP through ITK, compressed where the format can. */
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Geometry, Shape4, VoxelArray } from '../geometry/types';
import { makeScratch } from '../storage/scratch';
import { writeFileAtomic } from '../storage/atomicFile';
import { storageError } from '../storage/diskErrors';
import { endingsOf } from './endings';
import { itkWrite, type ItkFormat } from './itkWorker';
import { interleaveChannels, storedTypeOf } from './storedVoxels';
import { ImageError } from '../method/errors';

/**
 * @param voxels    (c, z, y, x)
 * @param geometry  two entries per axis list for a 2D file (then z must be 1)
 */
export async function writeWithItk(
  file: string,
  format: WritableFormat,
  voxels: VoxelArray,
  shape: Shape4,
  geometry: Geometry,
): Promise<void> {
  const [channels, z, y, x] = shape;
  const dimension = geometry.spacing.length;
  requireStorable(file, format, voxels, shape);
  const image = {
    imageType: {
      dimension,
      componentType: storedTypeOf(voxels),
      pixelType: channels === 1 ? 'Scalar' : channels === 3 ? 'RGB' : channels === 4 ? 'RGBA' : 'VariableLengthVector',
      components: channels,
    },
    name: 'image',
    origin: [...geometry.origin],
    spacing: [...geometry.spacing],
    direction: Float64Array.from(geometry.direction),
    size: dimension === 2 ? [x, y] : [x, y, z],
    metadata: new Map(),
    // ITK is given the whole buffer, so it must hold nothing else.
    data: ownBuffer(interleaveChannels(voxels, channels)),
  };
  const folder = await makeScratch('write').catch((error: unknown) => {
    throw storageError(error, tmpdir());
  });
  try {
    const temporary = join(folder, `image${endingsOf(format)[0]}`);
    await itkWrite(temporary, format, image, true);
    await writeFileAtomic(file, await readFile(temporary));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ownBuffer(voxels: VoxelArray): VoxelArray {
  return voxels.byteLength === voxels.buffer.byteLength ? voxels : voxels.slice();
}

/** DICOM is read by ITK only. */
type WritableFormat = Exclude<ItkFormat, 'gdcm'>;

function requireStorable(file: string, format: WritableFormat, voxels: VoxelArray, [, z]: Shape4): void {
  const type = storedTypeOf(voxels);
  const possible = {
    png: ['uint8', 'uint16'],
    jpeg: ['uint8'],
    bmp: ['uint8'],
    tiff: ['uint8', 'int8', 'uint16', 'int16', 'float32'],
  };
  const types: readonly string[] | undefined = possible[format as keyof typeof possible];
  const isFlat = format === 'png' || format === 'jpeg' || format === 'bmp';
  if ((!types || types.includes(type)) && (!isFlat || z === 1)) return;
  throw new ImageError(
    'not-storable',
    `${format.toUpperCase()} can't hold a ${isFlat && z > 1 ? '3D volume' : `volume of ${type}`}`,
    {
      where: file,
      hint: 'Use .nii.gz, .nrrd or .tif.',
    },
  );
}
