/** Reads any supported image file as it is, before the rules of one of nnU-Net's readers are applied. */
import { ImageError } from '../method/errors';
import { imageEndings, splitEnding } from './endings';
import { decodeGif } from './gifFile';
import { decodeItk, itkFormats } from './itkFile';
import { decodeMgh } from './mghFile';
import { decodeNifti, isNiftiEnding } from './niftiFile';
import type { DecodedImage } from './types';

/** Voxels in their stored type and the file's geometry. @throws ImageError for everything that is not a usable image */
export async function decodeImage(file: string): Promise<DecodedImage> {
  const ending = splitEnding(file).ending.toLowerCase();
  if (isNiftiEnding(ending)) return decodeNifti(file);
  if (ending === '.mgh' || ending === '.mgz') return decodeMgh(file);
  if (ending === '.gif') return decodeGif(file);
  const format = itkFormats[ending];
  if (format) return decodeItk(file, format);
  throw unknownEnding(file, ending);
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
