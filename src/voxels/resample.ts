/** Images, label maps and logits at another voxel spacing. Source: nnU-Net 2.8 resample_data_or_seg_to_shape. */
import type { Shape3, Shape4 } from '../geometry/types';
import { runNative } from './load';
import type { NativeOptions, ResamplingSettings } from './types';

type Vector = readonly number[];

export function resampleImage(
  data: Float32Array,
  shape: Readonly<Shape4>,
  newShape: Readonly<Shape3>,
  currentSpacing: Vector,
  newSpacing: Vector,
  settings: ResamplingSettings,
  options?: NativeOptions,
): Promise<Float32Array> {
  return runNative(options, (voxels, run) =>
    voxels.resampleImage(data, shape, newShape, currentSpacing, newSpacing, settings, run),
  );
}

/** The label that covers most of a voxel wins, in a tie the nearest; in one pass, however many labels there are. */
export function resampleSegmentation(
  segmentation: Int16Array,
  shape: Readonly<Shape4>,
  newShape: Readonly<Shape3>,
  currentSpacing: Vector,
  newSpacing: Vector,
  settings: ResamplingSettings,
  options?: NativeOptions,
): Promise<Int16Array> {
  return runNative(options, (voxels, run) =>
    voxels.resampleLabels(segmentation, shape, newShape, currentSpacing, newSpacing, settings, run),
  );
}
