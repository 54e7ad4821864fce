/** The voxels of a DICOM SEG: bits of all frames one after the other, fractions, or label values. */
import { ImageError } from '../../method/errors';
import { textOf, wordOf } from './attributes';
import type { DicomFile } from './dicomFile';
import type { ImageFacts } from './imageFacts';
import { readVoxelBytes, storedFrames } from './storedFrames';
import { nameOfTransferSyntax, transferSyntaxOf } from './transferSyntaxes';

/** @returns 0 where the segment is not; a labelmap's value; 1 otherwise. Of fractions: at least a half. */
export async function segmentBits(
  opened: DicomFile,
  image: ImageFacts,
): Promise<(frame: number, voxel: number) => number> {
  const size = image.rows * image.columns;
  const type = textOf(opened.item, '00620001') ?? 'BINARY';
  if (image.bitsAllocated === 1) {
    if (transferSyntaxOf(image.transferSyntax)?.isCompressed !== false) {
      throw new ImageError(
        'unsupported-compression',
        `The bits of this segmentation are stored as ${nameOfTransferSyntax(image.transferSyntax)}`,
        {
          where: image.file,
          hint: 'Convert it first, for example with dcmconv.',
        },
      );
    }
    const bytes = await readVoxelBytes(image, Math.ceil((size * image.frames.length) / 8));
    return (frame, voxel) => {
      const bit = frame * size + voxel;
      return (bytes[bit >> 3]! >> (bit & 7)) & 1;
    };
  }
  const stored = (await storedFrames([image])).get(image)!;
  if (type === 'LABELMAP') return (frame, voxel) => stored[frame * size + voxel]!;
  const half = type === 'FRACTIONAL' ? (wordOf(opened.item, '0062000e') ?? 255) / 2 : 0.5;
  return (frame, voxel) => (stored[frame * size + voxel]! >= half ? 1 : 0);
}
