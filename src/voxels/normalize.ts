/** Brings the intensities of every channel to the range that the network expects. */
import type { Shape4 } from '../geometry/types';
import type { IntensityProperties } from '../method/normalization';
import { runNative } from './load';
import type { Axes3, NativeOptions } from './types';

export interface ChannelNormalization {
  /** nnU-Net's class name, as in the plans. */
  scheme: string;
  /** Only where the segmentation is not -1 (z-score). */
  useMask: boolean;
  /** Statistics of the training cases, needed by CTNormalization. */
  properties?: IntensityProperties;
}

export interface NormalizeOptions extends NativeOptions {
  /** How the axes were permuted before: decides the last bits of a z-score without mask, as in numpy. */
  transposeForward?: Axes3;
}

/**
 * Changes `data` in place. Source: nnU-Net 2.8 default_normalization_schemes.
 * @throws VoxelsError `intensities-overflow`, `rgb-out-of-range`
 */
export function normalize(
  data: Float32Array,
  shape: Readonly<Shape4>,
  segmentation: Int16Array | null,
  channels: readonly ChannelNormalization[],
  options?: NormalizeOptions,
): Promise<void> {
  const forward = options?.transposeForward ?? null;
  return runNative(options, (voxels, run) => voxels.normalize(data, shape, segmentation, channels, forward, run));
}
