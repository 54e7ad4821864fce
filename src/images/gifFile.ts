/** Reads the first frame of a GIF, for the import of data sets whose masks are GIFs (DRIVE). nnU-Net itself doesn't read them. */
import { readFile } from 'node:fs/promises';
import { GifReader } from 'omggif';
import { identityAffine } from '../geometry/affine';
import { emptyFile, notAnImage, readError } from './imageBytes';
import type { DecodedImage } from './types';

/** Grey palettes give one channel, others red, green and blue. */
export async function decodeGif(file: string): Promise<DecodedImage> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw readError(error, file);
  });
  if (bytes.length === 0) throw emptyFile(file);
  const { width, height, rgba } = firstFrame(bytes, file);
  const pixels = width * height;
  const isGrey = everyPixel(rgba, (r, g, b) => r === g && g === b);
  const channels = isGrey ? 1 : 3;
  const voxels = new Uint8Array(channels * pixels);
  for (let c = 0; c < channels; c++) for (let i = 0; i < pixels; i++) voxels[c * pixels + i] = rgba[4 * i + c] ?? 0;
  return {
    header: {
      file,
      format: 'GIF',
      shape: [1, height, width],
      channels,
      spatialDimensions: 2,
      spacing: [1, 1, 1],
      affine: identityAffine,
      storedType: 'uint8',
      byteOrder: 'little',
      fileShape: [width, height],
    },
    voxels,
    itkGeometry: () => ({ spacing: [1, 1], origin: [0, 0], direction: [1, 0, 0, 1] }),
  };
}

function firstFrame(bytes: Buffer, file: string): { width: number; height: number; rgba: Uint8Array } {
  try {
    const reader = new GifReader(bytes);
    const { width, height } = reader;
    const rgba = new Uint8Array(4 * width * height);
    reader.decodeAndBlitFrameRGBA(0, rgba);
    return { width, height, rgba };
  } catch (error) {
    throw notAnImage(file, 'GIF', error instanceof Error ? error.message.toLowerCase() : undefined);
  }
}

function everyPixel(rgba: Uint8Array, holds: (r: number, g: number, b: number) => boolean): boolean {
  for (let i = 0; i < rgba.length; i += 4) if (!holds(rgba[i] ?? 0, rgba[i + 1] ?? 0, rgba[i + 2] ?? 0)) return false;
  return true;
}
