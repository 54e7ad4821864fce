/** Reads what an image file says about itself, without its voxels where the format allows it. */
import { unknownEnding } from './decode';
import { formatOf, splitEnding } from './endings';
import { decodeGif } from './gifFile';
import { readItkHeader } from './itkFile';
import { readMghHeader } from './mghFile';
import { readNiftiHeader } from './niftiFile';
import { tiffSpacing, type FileRole } from './tiffSpacing';
import type { ImageHeader } from './types';

/** Shape (z, y, x), channels, spacing, affine and stored type. @throws ImageError as `decodeImage` does */
export async function readHeader(file: string, role: FileRole = 'image'): Promise<ImageHeader> {
  const ending = splitEnding(file).ending.toLowerCase();
  const format = formatOf(ending);
  switch (format) {
    case undefined:
      throw unknownEnding(file, ending);
    case 'nifti':
    case 'niftiPair':
      return readNiftiHeader(file);
    case 'freeSurfer':
      return readMghHeader(file);
    case 'gif':
      return (await decodeGif(file)).header;
    default: {
      const header = await readItkHeader(file, format);
      return format === 'tiff' && header.shape[0] > 1 ? { ...header, spacing: await tiffSpacing(file, role) } : header;
    }
  }
}
