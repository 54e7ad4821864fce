/** Reads any supported image file as it is, before the rules of one of nnU-Net's readers are applied. */
import { readerOf } from './formatReaders';
import type { DecodedImage } from './types';

/** Voxels in their stored type and the file's geometry. @throws ImageError for everything that is not a usable image */
export async function decodeImage(file: string): Promise<DecodedImage> {
  return (await readerOf(file)).decode(file);
}
