/** How much memory training a U-Net takes, counted in feature map voxels. */
import { product } from '../rounding';

export interface NetworkSize {
  architecture: 'PlainConvUNet' | 'ResidualEncoderUNet';
  /** Per stage. */
  features: readonly number[];
  /** Per stage, per axis. */
  strides: readonly (readonly number[])[];
  /** Convolutions or residual blocks per encoder stage. */
  encoderDepths: readonly number[];
  /** Convolutions per decoder stage. */
  decoderDepth: number;
  /** Output channels of the segmentation head. */
  numClasses: number;
}

/**
 * Sum over all layers of channels times voxels of their output, for a batch of one.
 * @param patchSize voxels per axis (2 or 3)
 * Source: dynamic-network-architectures 0.4.4, compute_conv_feature_map_size, without deep supervision.
 */
export function featureMapVoxels(network: NetworkSize, patchSize: readonly number[]): number {
  const { features, strides, encoderDepths, decoderDepth, numClasses } = network;
  const sizes: number[][] = [];
  strides.forEach((stride, stage) => {
    const above = stage === 0 ? patchSize : sizes[stage - 1]!;
    sizes.push(above.map((voxels, axis) => Math.floor(voxels / stride[axis]!)));
  });
  const maps = sizes.map((size, stage) => features[stage]! * product(size));

  let total = 0;
  if (network.architecture === 'PlainConvUNet') {
    maps.forEach((map, stage) => (total += encoderDepths[stage]! * map));
  } else {
    total += features[0]! * product(patchSize);
    maps.forEach((map, stage) => {
      const changes =
        stage > 0 && (features[stage] !== features[stage - 1] || strides[stage]!.some((step) => step > 1));
      total += (2 * encoderDepths[stage]! + (changes ? 1 : 0)) * map;
    });
  }
  // Each decoder stage: one transposed convolution and its convolutions.
  maps.slice(0, -1).forEach((map) => (total += (decoderDepth + 1) * map));
  if (sizes.length > 1) total += numClasses * product(sizes[0]!);
  return total;
}
