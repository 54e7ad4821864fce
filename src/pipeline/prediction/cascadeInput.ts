/** What a cascade's second stage gets of its first: label maps on the image's grid, and one input channel for each label. */
import type { Shape4 } from '../../geometry/types';
import { turnOnto } from '../../geometry/grids';
import { reorientVoxels } from '../../geometry/reorientation';
import type { ReaderName, Volume } from '../../images/types';
import { readSegmentation } from '../../images/volumes';
import { DatasetError } from '../../method/errors';
import type { LabelManager } from '../../method/labels';
import type { PreprocessedCase } from '../preprocessCase';
import { roundedLabels } from '../roundedLabels';
import { gridOf } from '../volumeGrid';

/**
 * A mask that is stored in other directions than the image is turned.
 * @throws DatasetError `shape-mismatch`, `grid-mismatch`; EvaluationError `label-not-integer`; ImageError
 */
export async function previousStageLabels(file: string, image: Volume, reader: ReaderName): Promise<Int16Array> {
  const labels = onImageGrid(await readSegmentation(file, reader), image, file);
  const [, ...shape] = labels.shape;
  return Int16Array.from(roundedLabels(labels.data, shape, file));
}

function onImageGrid(labels: Volume, image: Volume, where: string): Volume {
  const [onto, from] = [gridOf(image), gridOf(labels)];
  const sameShape = String(labels.shape.slice(1)) === String(image.shape.slice(1));
  const turn = onto && from ? turnOnto(onto, from) : undefined;
  if (turn) {
    const { voxels: data, shape } = reorientVoxels(labels.data, labels.shape, turn);
    return { ...labels, data, shape };
  }
  // Pictures lie nowhere.
  if (sameShape && !(onto && from)) return labels;
  throw new DatasetError(
    sameShape ? 'grid-mismatch' : 'shape-mismatch',
    `The previous stage's labels ${sameShape ? 'lie elsewhere' : 'have another shape'} than the image`,
    { where, hint: 'Predict the previous stage on the same images.' },
  );
}

/** The image with one channel behind it for each label of the previous stage. */
export function withCascadeChannels(
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
