/** A model that can be written in a line: label 1 where the first channel is above a threshold; and images for it. */
import { writeVolume } from '../../../src/images/write';
import { architectureFor } from '../../../src/method/networkPlan';
import { pointwise } from './tinyModel';

const resampling = { is_seg: false, order: 1, order_z: 0, force_separate_z: null };

/** Intensities pass unchanged: mean 0, deviation 1, no clipping. */
const intensities = {
  max: 1e6,
  mean: 0,
  median: 0,
  min: -1e6,
  percentile_00_5: -1e6,
  percentile_99_5: 1e6,
  std: 1,
};

export interface ToyOptions {
  patch?: number[];
  spacing?: number[];
  transposeForward?: number[];
  transposeBackward?: number[];
  labels?: Record<string, number | number[]>;
  regionsClassOrder?: number[];
  cascade?: boolean;
  reader?: string;
}

export function toyMetadata(options: ToyOptions = {}): Record<string, unknown> {
  const patch = options.patch ?? [8, 8, 8];
  const dims = patch.length;
  const labels = options.labels ?? { background: 0, bright: 1 };
  const ones = patch.map(() => 1);
  const threes = patch.map(() => 3);
  const configuration = {
    data_identifier: 'toy',
    preprocessor_name: 'DefaultPreprocessor',
    batch_size: 2,
    patch_size: patch,
    median_image_size_in_voxels: patch,
    spacing: options.spacing ?? ones,
    normalization_schemes: ['CTNormalization'],
    use_mask_for_norm: [false],
    resampling_fn_data: 'resample_data_or_seg_to_shape',
    resampling_fn_seg: 'resample_data_or_seg_to_shape',
    resampling_fn_probabilities: 'resample_data_or_seg_to_shape',
    resampling_fn_data_kwargs: resampling,
    resampling_fn_seg_kwargs: { ...resampling, is_seg: true },
    resampling_fn_probabilities_kwargs: resampling,
    architecture: architectureFor({
      networkClass: 'PlainConvUNet',
      features: [2],
      kernelSizes: [threes],
      strides: [ones],
      encoderDepths: [1],
      decoderDepths: [],
    }),
    batch_dice: false,
    ...(options.cascade && { previous_stage: 'toy_lowres' }),
  };
  return {
    version: 1,
    configuration: 'toy',
    plans: {
      dataset_name: 'Dataset001_Toy',
      plans_name: 'toyPlans',
      original_median_spacing_after_transp: options.spacing?.length === 3 ? options.spacing : [1, 1, 1],
      original_median_shape_after_transp: [20, 20, 20],
      image_reader_writer: options.reader ?? 'SimpleITKIO',
      transpose_forward: options.transposeForward ?? [0, 1, 2],
      transpose_backward: options.transposeBackward ?? options.transposeForward ?? [0, 1, 2],
      configurations: { toy: configuration },
      experiment_planner_used: 'ExperimentPlanner',
      label_manager: 'LabelManager',
      foreground_intensity_properties_per_channel: { 0: intensities },
    },
    datasetJson: {
      channel_names: { 0: 'CT' },
      labels,
      numTraining: 1,
      file_ending: '.nii.gz',
      ...(options.regionsClassOrder && { regions_class_order: options.regionsClassOrder }),
    },
    dims,
    patchSize: patch,
    inputChannels: 1 + (options.cascade ? 1 : 0),
    imageChannels: 1,
    heads: options.regionsClassOrder?.length ?? Object.keys(labels).length,
    mirrorAxes: patch.map((_, axis) => axis),
    folds: [0],
    precision: 'fp32',
  };
}

/** Label 1 where the image is above the threshold. */
export function thresholdModel(file: string, threshold: number, options: ToyOptions = {}): string {
  const rank = (options.patch?.length ?? 3) + 2;
  return pointwise(file, [[0], [1]], toyMetadata(options), { rank, bias: [threshold, 0] });
}

/** Whole numbers from 1 to 9, the larger the nearer to a point beside the middle. @param shape (z, y, x) */
export async function writeBall(
  file: string,
  shape: [number, number, number],
  geometry: { spacing?: number[]; direction?: number[] } = {},
): Promise<Float32Array> {
  const voxels = new Float32Array(shape[0] * shape[1] * shape[2]);
  const centre = shape.map((size) => (size - 1) / 2);
  let at = 0;
  for (let z = 0; z < shape[0]; z += 1) {
    for (let y = 0; y < shape[1]; y += 1) {
      for (let x = 0; x < shape[2]; x += 1, at += 1) {
        const distance = Math.hypot(z - centre[0]!, y - centre[1]! + 2, x - centre[2]! - 1);
        voxels[at] = Math.max(1, 9 - Math.round(distance));
      }
    }
  }
  await writeVolume(file, voxels, shape, geometry);
  return voxels;
}
