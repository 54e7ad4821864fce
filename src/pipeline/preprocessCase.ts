/**
 * One case's way from the image file's voxels to what the network sees: transpose, crop, normalise, resample.
 * Source: nnU-Net 2.8.1 default_preprocessor; the same code prepares training and prediction.
 */
import type { Shape4, Vector3, VoxelBox } from '../geometry/types';
import { requireDefaultResampling, resamplingSettings } from '../engine/job';
import type { CaseProperties } from '../dataset/properties';
import type { Volume } from '../images/types';
import { DatasetError, ImageError, PlansError } from '../method/errors';
import { isUsableForCt } from '../method/normalization';
import type { Configuration, Plans } from '../method/plans';
import { roundHalfEven } from '../method/rounding';
import { cropToNonzero, type CroppedImage } from '../voxels/crop';
import type { ChannelNormalization } from '../voxels/normalize';
import { resampleImage, resampleSegmentation } from '../voxels/resample';
import { transposeVolume } from '../voxels/transpose';
import type { NativeOptions } from '../voxels/types';
import type { CaseSource } from './intensityErrors';
import { normalizeCase } from './normalizeCase';

export interface PreprocessedCase {
  data: Float32Array;
  /** Labels, -1 outside the nonzero mask. */
  segmentation: Int16Array;
  shape: Shape4;
  properties: CaseProperties;
}

interface PreprocessOptions extends NativeOptions {
  /** Part of the image, in its own axes, that is resampled; intensities are normalised over the whole image all the same. */
  box?: VoxelBox;
}

/**
 * @param source  what an error about the image's intensities names
 * @param segmentation  the label map of a training case in the image's geometry; null for prediction
 * @throws DatasetError `intensities-overflow`
 */
export async function preprocessCase(
  source: CaseSource,
  image: Volume,
  segmentation: Int16Array | null,
  plans: Plans,
  configuration: Configuration,
  options: PreprocessOptions = {},
): Promise<PreprocessedCase> {
  requireDefaultResampling(configuration.resampling_fn_data);
  requireDefaultResampling(configuration.resampling_fn_seg);
  const axes = plans.transpose_forward;
  const { data: transposed, shape } = await inPlansAxes(image.data, image.shape, axes, options);
  const label = segmentation
    ? (await inPlansAxes(segmentation, [1, ...spatial(image.shape)], axes, options)).data
    : null;
  // A copy in any case: what follows changes it in place.
  const nonzero = await cropToNonzero(transposed, shape, label, options);
  await normalizeCase(source, image, nonzero, channelNormalizations(plans, configuration, image.shape[0]), {
    ...options,
    transposeForward: axes,
  });
  const cropped = options.box ? restrict(nonzero, transposedBox(options.box, axes)) : nonzero;

  const originalSpacing = axes.map((axis) => image.properties.spacing[axis]!) as Vector3;
  const targetSpacing = targetSpacingOf(configuration, originalSpacing);
  const before = spatial(cropped.shape);
  const after = before.map((size, axis) =>
    roundHalfEven((originalSpacing[axis]! / targetSpacing[axis]!) * size),
  ) as Vector3;
  if (after.includes(0)) throw vanishes(source, originalSpacing, before, targetSpacing);
  const data = await resampleImage(
    cropped.data,
    cropped.shape,
    after,
    originalSpacing,
    targetSpacing,
    resamplingSettings(configuration.resampling_fn_data_kwargs),
    options,
  );
  const resampledLabel = await resampleSegmentation(
    cropped.segmentation,
    [1, ...before],
    after,
    originalSpacing,
    targetSpacing,
    resamplingSettings(configuration.resampling_fn_seg_kwargs),
    options,
  );
  return {
    data,
    segmentation: resampledLabel,
    shape: [image.shape[0], ...after],
    properties: {
      ...image.properties,
      shape_before_cropping: spatial(shape as Shape4),
      bbox_used_for_cropping: cropped.bbox,
      shape_after_cropping_and_before_resampling: before,
    },
  };
}

async function inPlansAxes<T extends Float32Array | Int16Array>(
  data: T,
  shape: Shape4,
  axes: Vector3,
  options: NativeOptions,
): Promise<{ data: T; shape: Shape4 }> {
  const isSame = axes.every((axis, at) => axis === at);
  return isSame ? { data, shape } : transposeVolume(data, shape, axes, options);
}

function transposedBox({ low, high }: VoxelBox, axes: Vector3): VoxelBox {
  return { low: axes.map((axis) => low[axis]!) as Vector3, high: axes.map((axis) => high[axis]!) as Vector3 };
}

/** @throws ImageError `region-empty` where the box holds nothing of the image's content */
function restrict(image: CroppedImage, box: VoxelBox): CroppedImage {
  const bbox = image.bbox.map(([low, high], axis) => [
    Math.max(low, box.low[axis]!),
    Math.min(high, box.high[axis]!),
  ]) as CroppedImage['bbox'];
  if (bbox.some(([low, high]) => low >= high)) {
    throw new ImageError('region-empty', 'The region lies outside the image, or where it is zero throughout', {
      hint: 'Choose another region.',
    });
  }
  const local = bbox.map(([low, high], axis) => [low - image.bbox[axis]![0], high - image.bbox[axis]![0]]);
  const size = local.map(([low, high]) => high! - low!) as Vector3;
  const [channels, ...shape] = image.shape;
  const cut = <T extends Float32Array | Int16Array>(source: T, target: T, count: number): T => {
    const [[z0, z1], [y0, y1], [x0, x1]] = local as [number, number][] as CroppedImage['bbox'];
    let to = 0;
    for (let channel = 0; channel < count; channel += 1) {
      for (let z = z0; z < z1; z += 1) {
        for (let y = y0; y < y1; y += 1, to += size[2]) {
          const row = ((channel * shape[0] + z) * shape[1] + y) * shape[2];
          target.set(source.subarray(row + x0, row + x1), to);
        }
      }
    }
    return target;
  };
  const voxels = size[0] * size[1] * size[2];
  return {
    data: cut(image.data, new Float32Array(channels * voxels), channels),
    segmentation: cut(image.segmentation, new Int16Array(voxels), 1),
    shape: [channels, ...size],
    bbox,
  };
}

/** A 2D configuration never resamples across slices: their distance stays the image's own. */
export function targetSpacingOf(configuration: Configuration, originalSpacing: Vector3): Vector3 {
  const { spacing } = configuration;
  return (spacing.length === 2 ? [originalSpacing[0], ...spacing] : [...spacing]) as Vector3;
}

function vanishes({ id, images }: CaseSource, spacing: Vector3, shape: Vector3, target: Vector3): DatasetError {
  const mm = (lengths: readonly number[]): string => lengths.map((length) => Number(length.toPrecision(3))).join(' x ');
  const extent = mm(spacing.map((step, axis) => step * shape[axis]!));
  return new DatasetError(
    'case-too-small',
    `Nothing is left of case ${id}: it is ${extent} mm large, and the voxels of this configuration ${mm(target)} mm`,
    { where: images[0], hint: 'Check the spacing in its header against the other cases, or take the case out.' },
  );
}

function channelNormalizations(plans: Plans, configuration: Configuration, channels: number): ChannelNormalization[] {
  return Array.from({ length: channels }, (_, channel) => {
    const scheme = configuration.normalization_schemes[channel]!;
    const properties = plans.foreground_intensity_properties_per_channel[String(channel)];
    if (scheme === 'CTNormalization' && properties && !isUsableForCt(properties)) throw unusableStatistics(channel);
    return { scheme, useMask: configuration.use_mask_for_norm[channel]!, properties };
  });
}

function unusableStatistics(channel: number): PlansError {
  return new PlansError(
    'intensities-not-finite',
    `The plans hold intensity statistics of channel ${channel} that are no usable numbers`,
    { hint: 'The dataset had no foreground or extreme values when it was measured: correct it and plan again.' },
  );
}

function spatial(shape: readonly number[]): Vector3 {
  return shape.slice(1) as Vector3;
}
