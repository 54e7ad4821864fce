/** Names the voxel whose intensity can't be used: which case, which file, where in it, what value. */
import { notFiniteHint, overflowHint, overflowWords, voxelWords } from '../dataset/intensityWords';
import type { Volume } from '../images/types';
import { DatasetError } from '../method/errors';

/** What a case's error is about. */
export interface CaseSource {
  id: string;
  /** One file per channel, or one with all of them. */
  images: readonly string[];
}

/** @param index  in `image.data` */
export function notFinite(source: CaseSource, image: Volume, index: number): DatasetError {
  const message = `Case ${source.id} has voxels that are no numbers: ${wordsOf(image, index)}`;
  return new DatasetError('voxels-not-finite', message, {
    where: fileOf(source, image, index),
    hint: notFiniteHint,
  });
}

/** @param index  in `image.data`: the voxel to blame */
export function notNormalizable(source: CaseSource, image: Volume, index: number): DatasetError {
  const message = overflowWords(`Case ${source.id}`, wordsOf(image, index));
  return new DatasetError('intensities-overflow', message, { where: fileOf(source, image, index), hint: overflowHint });
}

/** Index of the voxel farthest from zero in one channel. @param labels  only where these are above 0 */
export function greatestVoxel({ data, shape }: Volume, channel: number, labels?: Int16Array): number {
  const length = shape[1] * shape[2] * shape[3];
  const first = channel * length;
  let [greatest, found] = [-1, first];
  for (let at = 0; at < length; at += 1) {
    const size = Math.abs(data[first + at]!);
    if (size > greatest && (!labels || labels[at]! > 0)) [greatest, found] = [size, first + at];
  }
  return found;
}

function wordsOf({ data, shape }: Volume, index: number): string {
  return voxelWords(data, shape, index);
}

function fileOf({ images }: CaseSource, { data }: Volume, index: number): string | undefined {
  return images[images.length > 1 ? Math.floor((index / data.length) * images.length) : 0];
}
