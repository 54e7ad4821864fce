/** Normalises a case's intensities, and refuses a case of which nothing but infinity and NaN would be left. */
import type { Volume } from '../images/types';
import { DatasetError } from '../method/errors';
import { firstNonFinite } from '../voxels/finite';
import { normalize, type ChannelNormalization, type NormalizeOptions } from '../voxels/normalize';
import type { CroppedImage } from '../voxels/crop';
import { VoxelsError } from '../voxels/voxelsError';
import { greatestVoxel, notNormalizable, type CaseSource } from './intensityErrors';

/**
 * Changes `cropped.data` in place.
 * @param image  what was cropped, in the axes of its file
 * @throws DatasetError `intensities-overflow`; `rgb-out-of-range` and what else the voxel library refuses
 */
export async function normalizeCase(
  source: CaseSource,
  image: Volume,
  cropped: CroppedImage,
  channels: readonly ChannelNormalization[],
  options: NormalizeOptions,
): Promise<void> {
  const [, ...shape] = cropped.shape;
  const length = shape[0] * shape[1] * shape[2];
  for (const [channel, how] of channels.entries()) {
    const values = cropped.data.subarray(channel * length, (channel + 1) * length);
    const overflow = (): DatasetError => notNormalizable(source, image, greatestVoxel(image, channel));
    await normalize(values, [1, ...shape], cropped.segmentation, [how], options).catch((error: unknown) => {
      if (!(error instanceof VoxelsError)) throw error;
      throw error.code === 'intensities-overflow' ? overflow() : ofCase(error, source, channel);
    });
    if (firstNonFinite(values) !== undefined) throw overflow();
  }
}

function ofCase(error: VoxelsError, { id, images }: CaseSource, channel: number): DatasetError {
  const where = images[images.length > 1 ? channel : 0];
  return new DatasetError(error.code, `Case ${id}: ${error.message}`, { where, hint: error.hint, cause: error });
}
