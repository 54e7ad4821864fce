/** What does the header of an opened file say, and how is it meant where it says little? */
import { t } from '@vscode/l10n';
import type { Vector3 } from '../../geometry/types';
import { endingsOf, splitEnding } from '../../images/endings';
import { readHeader } from '../../images/header';
import { readNiftiFields } from '../../images/niftiFile';
import { tiffSpacing, type FileRole } from '../../images/tiffSpacing';
import type { DecodedImage, ImageFormat, ImageHeader } from '../../images/types';
import type { VolumeWarning } from '../../protocol/volume';
import type { DisplayGrid } from './displayGrid';
import { describeNifti } from './headerSheet';

const pictures: readonly ImageFormat[] = ['TIFF', 'PNG', 'JPEG', 'BMP', 'GIF'];

export const isPictureFormat = (format: ImageFormat): boolean => pictures.includes(format);

/** @param decode  the whole file: a picture's palette shows only then */
export async function readShownHeader(file: string, role: FileRole, decode: () => Promise<DecodedImage>) {
  const niftiFields = await niftiFieldsOf(file);
  const header = await readHeader(file, role);
  if (!isPictureFormat(header.format)) return { header, niftiFields };
  const isVolume = header.shape[0] > 1;
  const image = header.format === 'TIFF' && isVolume ? undefined : await decode();
  const spacing = isVolume ? await tiffSpacing(file, role) : ([1, 1, 1] satisfies Vector3);
  return { header: placedPicture(image?.header ?? header, spacing), niftiFields };
}

/** Undefined for files of other formats. */
export async function niftiFieldsOf(file: string) {
  const isNifti = endingsOf('nifti', 'niftiPair').includes(splitEnding(file).ending.toLowerCase());
  return isNifti ? describeNifti(await readNiftiFields(file)) : undefined;
}

/** Pictures lie as on a viewer's screen: x to the patient's left, y to posterior, so that the axial plane shows them upright. */
function placedPicture(header: ImageHeader, spacing: Vector3): ImageHeader {
  const [z, y, x] = spacing;
  return {
    ...header,
    spacing,
    affine: [
      [-x, 0, 0, 0],
      [0, -y, 0, 0],
      [0, 0, z, 0],
      [0, 0, 0, 1],
    ],
  };
}

export function describeDownsampling(display: DisplayGrid, limitBytes: number) {
  const fullShape = [...display.full.shape].reverse() as Vector3;
  const every = display.factors.join(' x ');
  const message = t(
    'The volume is too large for the memory limit ({0} MiB): of {1} voxels one in {2} is shown. Dice is computed on all.',
    Math.round(limitBytes / 2 ** 20),
    fullShape.join(' x '),
    every,
  );
  return {
    description: { factors: display.factors, fullShape, limitBytes },
    warning: { code: 'downsampled', message } satisfies VolumeWarning,
  };
}
