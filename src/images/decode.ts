/** Reads any supported image file as it is, before the rules of one of nnU-Net's readers are applied. */
import { ImageError } from '../method/errors';
import { formatOf, imageEndings, splitEnding } from './endings';
import { decodeGif } from './gifFile';
import { decodeItk } from './itkFile';
import { decodeMgh } from './mghFile';
import { decodeNifti } from './niftiFile';
import type { DecodedImage } from './types';

/** Voxels in their stored type and the file's geometry. @throws ImageError for everything that is not a usable image */
export async function decodeImage(file: string): Promise<DecodedImage> {
  const ending = splitEnding(file).ending.toLowerCase();
  const format = formatOf(ending);
  switch (format) {
    case undefined:
      throw unknownEnding(file, ending);
    case 'nifti':
    case 'niftiPair':
      return decodeNifti(file);
    case 'freeSurfer':
      return decodeMgh(file);
    case 'gif':
      return decodeGif(file);
    default:
      return decodeItk(file, format);
  }
}

export function unknownEnding(file: string, ending: string): ImageError {
  return new ImageError(
    'unknown-ending',
    ending ? `${ending} is not an image ending we know` : 'The file name has no ending',
    {
      where: file,
      hint: `Known endings: ${imageEndings.join(' ')}.`,
    },
  );
}
