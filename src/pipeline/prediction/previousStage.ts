/** What a cascade's second stage gets of its first: label maps on the image's grid, and one input channel for each label. */
import type { ReaderName, Volume } from '../../images/types';
import { readSegmentation } from '../../images/volumes';
import { DatasetError } from '../../method/errors';
import type { LabelManager } from '../../method/labels';
import type { Shape4 } from '../../voxels/types';
import type { PreprocessedCase } from '../preprocessCase';

/** @throws DatasetError `shape-mismatch`; ImageError */
export async function previousStageLabels(file: string, image: Volume, reader: ReaderName): Promise<Int16Array> {
  const labels = await readSegmentation(file, reader);
  if (String(labels.shape.slice(1)) !== String(image.shape.slice(1))) {
    throw new DatasetError('shape-mismatch', "The previous stage's labels have another shape than the image", {
      where: file,
      hint: 'Predict the previous stage on the same images.',
    });
  }
  return Int16Array.from(labels.data);
}

/** The image with one channel behind it for each label of the previous stage. */
export function withPreviousStage(
  { data, segmentation, shape }: Pick<PreprocessedCase, 'data' | 'segmentation' | 'shape'>,
  { foregroundLabels }: Pick<LabelManager, 'foregroundLabels'>,
): { data: Float32Array; shape: Shape4 } {
  const [channels, z, y, x] = shape;
  const all = new Float32Array((channels + foregroundLabels.length) * segmentation.length);
  all.set(data);
  foregroundLabels.forEach((label, index) => {
    const channel = all.subarray((channels + index) * segmentation.length);
    for (let at = 0; at < segmentation.length; at += 1) if (segmentation[at] === label) channel[at] = 1;
  });
  return { data: all, shape: [channels + foregroundLabels.length, z, y, x] };
}
