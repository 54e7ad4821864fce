/** Which part of an image is not zero, and the image and its labels cropped to it. */
import type { Shape4 } from '../geometry/types';
import { runNative } from './load';
import type { NativeOptions } from './types';

export interface CroppedImage {
  data: Float32Array;
  /** (z, y, x); -1 outside the object: zero in every channel and connected to the border. Without labels 0 inside. */
  segmentation: Int16Array;
  shape: Shape4;
  /** Half-open, per axis, in the uncropped image. The whole image where all voxels are zero. */
  bbox: [z: [number, number], y: [number, number], x: [number, number]];
}

/** Source: nnU-Net 2.8 crop_to_nonzero. @param segmentation of the same (z, y, x), or null */
export function cropToNonzero(
  data: Float32Array,
  shape: Readonly<Shape4>,
  segmentation: Int16Array | null,
  options?: NativeOptions,
): Promise<CroppedImage> {
  return runNative(options, (voxels, run) => voxels.cropToNonzero(data, shape, segmentation, run));
}
