/** Reads what an image file says about itself, without its voxels where the format allows it. */
import { readerOf } from './formatReaders';
import type { FileRole } from './tiffSpacing';
import type { ImageHeader } from './types';

/** Shape (z, y, x), channels, spacing, affine and stored type. @throws ImageError as `decodeImage` does */
export async function readHeader(file: string, role: FileRole = 'image'): Promise<ImageHeader> {
  return (await readerOf(file)).readHeader(file, role);
}
