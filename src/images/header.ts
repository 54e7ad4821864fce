/** Reads what an image file says about itself, without its voxels where the format allows it. */
import { unknownEnding } from './decode';
import { splitEnding } from './endings';
import { decodeGif } from './gifFile';
import { itkFormats, readItkHeader } from './itkFile';
import { readMghHeader } from './mghFile';
import { isNiftiEnding, readNiftiHeader } from './niftiFile';
import { tiffSpacing, type FileRole } from './tiffSpacing';
import type { ImageHeader } from './types';

/** Shape (z, y, x), channels, spacing, affine and stored type. @throws ImageError as `decodeImage` does */
export async function readHeader(file: string, role: FileRole = 'image'): Promise<ImageHeader> {
  const ending = splitEnding(file).ending.toLowerCase();
  if (isNiftiEnding(ending)) return readNiftiHeader(file);
  if (ending === '.mgh' || ending === '.mgz') return readMghHeader(file);
  if (ending === '.gif') return (await decodeGif(file)).header;
  const format = itkFormats[ending];
  if (!format) throw unknownEnding(file, ending);
  const header = await readItkHeader(file, format);
  return format === 'tiff' && header.shape[0] > 1 ? { ...header, spacing: await tiffSpacing(file, role) } : header;
}
