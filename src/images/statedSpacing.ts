/** Does a file say how large its voxels are, or is the spacing of 1 mm that its reader gives only a default? */
import { readStart } from './imageBytes';
import { statedTiffSpacing, type FileRole } from './tiffSpacing';
import type { ImageHeader } from './types';

const fields: Partial<Record<ImageHeader['format'], RegExp>> = {
  NRRD: /^space directions:|^spacings:/im,
  MetaImage: /^Element(Spacing|Size)\s*=/im,
};

export async function statesSpacing({ file, format, shape }: ImageHeader, role: FileRole = 'image'): Promise<boolean> {
  switch (format) {
    case 'TIFF':
      return shape[0] > 1 && (await statedTiffSpacing(file, role)) !== undefined;
    case 'PNG':
    case 'JPEG':
    case 'BMP':
    case 'GIF':
      return false;
    default: {
      const field = fields[format];
      return field === undefined || field.test(Buffer.from((await readStart(file)).bytes).toString('latin1'));
    }
  }
}
