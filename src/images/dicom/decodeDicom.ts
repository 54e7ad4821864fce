/** Reads a DICOM series as one image: any of its files stands for all of those that lie beside it. */
import { affineFromGeometry } from '../../geometry/itkGrid';
import type { Vector3 } from '../../geometry/types';
import { ImageError } from '../../method/errors';
import { requireSpacing } from '../spacing';
import { storedTypeOf } from '../storedVoxels';
import type { DecodedImage, ImageHeader } from '../types';
import { gridOfStack, isUpright, readVolume, stackOf } from './assemble';
import { seriesAround } from './seriesFiles';
import type { Stack } from './stack';
import { requireReadable } from './storedFrames';

export async function readDicomHeader(file: string): Promise<ImageHeader> {
  const images = await seriesAround(file);
  images.forEach(requireReadable);
  return headerOf(file, stackOf(images));
}

export async function decodeDicom(file: string): Promise<DecodedImage> {
  const images = await seriesAround(file);
  images.forEach(requireReadable);
  const stack = stackOf(images);
  const { voxels, geometry } = await readVolume(images);
  return {
    header: { ...headerOf(file, stack), storedType: storedTypeOf(voxels) },
    voxels,
    itkGeometry: () => geometry,
  };
}

function headerOf(file: string, stack: Stack): ImageHeader {
  const { shape, geometry } = gridOfStack(stack);
  const [z, y, x] = shape;
  const volumes = stack.volumes.length;
  const isWhole =
    isUpright(stack) &&
    stack.frames.every(({ slope, intercept }) => Number.isInteger(slope) && Number.isInteger(intercept));
  if (!geometry.direction.every(Number.isFinite))
    throw new ImageError('bad-geometry', 'The directions of the slices make no sense', {
      where: file,
      hint: 'Get the series again.',
    });
  requireSpacing(geometry.spacing, [x, y, z], file);
  return {
    file,
    format: 'DICOM',
    shape,
    channels: volumes,
    spatialDimensions: 3,
    spacing: [...geometry.spacing].reverse() as Vector3,
    affine: affineFromGeometry(geometry),
    storedType: isWhole ? 'int16' : 'float32',
    byteOrder: 'little',
    notes: stack.findings,
    fileShape: volumes > 1 ? [x, y, z, volumes] : [x, y, z],
  };
}
