/**
 * One case's way from the image file's voxels to what the network sees: transpose, crop, normalise, resample.
 * Source: nnU-Net 2.8.1 default_preprocessor; the same code prepares training and prediction.
 */
import { requireDefaultResampling, resamplingSettings } from '../engine/job';
import type { CaseProperties } from '../dataset/properties';
import type { Volume } from '../images/types';
import type { Vec3 } from '../method/fingerprint';
import type { Configuration, Plans } from '../method/plans';
import { roundHalfEven } from '../method/rounding';
import { cropToNonzero } from '../voxels/crop';
import { normalize } from '../voxels/normalize';
import { resampleImage, resampleSegmentation } from '../voxels/resample';
import { transposeVolume } from '../voxels/transpose';
import type { NativeOptions, Shape4 } from '../voxels/types';

export interface PreprocessedCase {
  data: Float32Array;
  /** Labels, -1 outside the nonzero mask. */
  segmentation: Int16Array;
  shape: Shape4;
  properties: CaseProperties;
}

/** @param segmentation  the label map of a training case in the image's geometry; null for prediction */
export async function preprocessCase(
  image: Volume,
  segmentation: Int16Array | null,
  plans: Plans,
  configuration: Configuration,
  options: NativeOptions = {},
): Promise<PreprocessedCase> {
  requireDefaultResampling(configuration.resampling_fn_data);
  requireDefaultResampling(configuration.resampling_fn_seg);
  const axes = plans.transpose_forward;
  const { data: transposed, shape } = await transposeVolume(image.data, image.shape, axes, options);
  const label = segmentation
    ? (await transposeVolume(segmentation, [1, ...spatial(image.shape)], axes, options)).data
    : null;
  const cropped = await cropToNonzero(transposed as Float32Array, shape as Shape4, label as Int16Array | null, options);
  await normalize(
    cropped.data,
    cropped.shape,
    cropped.segmentation,
    channelNormalizations(plans, configuration, image.shape[0]),
    { ...options, transposeForward: axes },
  );

  const originalSpacing = axes.map((axis) => image.properties.spacing[axis]!) as Vec3;
  const targetSpacing = targetSpacingOf(configuration, originalSpacing);
  const before = spatial(cropped.shape);
  const after = before.map((size, axis) =>
    roundHalfEven((originalSpacing[axis]! / targetSpacing[axis]!) * size),
  ) as Vec3;
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

/** A 2D configuration never resamples across slices: their distance stays the image's own. */
export function targetSpacingOf(configuration: Configuration, originalSpacing: Vec3): Vec3 {
  const { spacing } = configuration;
  return (spacing.length === 2 ? [originalSpacing[0], ...spacing] : [...spacing]) as Vec3;
}

function channelNormalizations(plans: Plans, configuration: Configuration, channels: number) {
  return Array.from({ length: channels }, (_, channel) => ({
    scheme: configuration.normalization_schemes[channel]!,
    useMask: configuration.use_mask_for_norm[channel]!,
    properties: plans.foreground_intensity_properties_per_channel[String(channel)],
  }));
}

function spatial(shape: readonly number[]): Vec3 {
  return shape.slice(1) as Vec3;
}
