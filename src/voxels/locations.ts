/** Where the voxels of every class lie, for training patches around them. */
import type { Shape3 } from '../geometry/types';
import { runNative } from './load';
import type { NativeOptions } from './types';

interface ClassLocations {
  /** (N, 4): index of the request, z, y, x; grouped by request, in drawn order. */
  rows: Int32Array;
  /** How many rows every request has. */
  counts: number[];
}

/** @param requests  lists of labels, `LabelManager.locationRequests()`. Source: nnU-Net 2.8 _sample_foreground_locations */
export function classLocations(
  segmentation: Int16Array,
  shape: Readonly<Shape3>,
  requests: readonly (readonly number[])[],
  options?: NativeOptions,
): Promise<ClassLocations> {
  return runNative(options, (voxels, run) => voxels.classLocations(segmentation, shape, requests, run));
}
