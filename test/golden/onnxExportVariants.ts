/** Small networks of every kind that can be exported, with random weights, and what the native core makes of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npyArray, readNpy, writeNpy } from '../../src/dataset/npy';
import { runCore } from '../../src/engine/core';
import type { PredictJob } from '../../src/engine/job';
import { networkTensors, type NetworkDescription } from '../../src/engine/parameterNames';
import { writeSafetensors, type TensorSource } from '../../src/engine/safetensors';
import { architectureFor, type ArchKwargs, type NetworkShape } from '../../src/method/networkPlan';

export interface Variant {
  name: string;
  network: NetworkDescription;
  patch: number[];
}

function variant(
  name: string,
  shape: NetworkShape,
  patch: number[],
  [inputChannels, outputChannels]: [number, number],
  changes: Partial<ArchKwargs> = {},
): Variant {
  const { network_class_name: className, arch_kwargs } = architectureFor(shape);
  return {
    name,
    patch,
    network: { className, archKwargs: { ...arch_kwargs, ...changes }, inputChannels, outputChannels },
  };
}

const cube = (size: number, count: number): number[][] => Array.from({ length: count }, () => [size, size, size]);
const square = (size: number, count: number): number[][] => Array.from({ length: count }, () => [size, size]);

export const isotropic: NetworkShape = {
  networkClass: 'PlainConvUNet',
  features: [6, 10, 12],
  kernelSizes: cube(3, 3),
  strides: [...cube(1, 1), ...cube(2, 2)],
  encoderDepths: [2, 2, 2],
  decoderDepths: [2, 2],
};
const anisotropic: NetworkShape = {
  ...isotropic,
  features: [5, 8, 11, 11],
  kernelSizes: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
    [1, 5, 3],
  ],
  strides: [
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 2],
    [3, 1, 2],
  ],
  encoderDepths: [2, 1, 3, 2],
  decoderDepths: [1, 2, 2],
};
const flat: NetworkShape = {
  ...isotropic,
  kernelSizes: square(3, 3),
  strides: [...square(1, 1), [2, 2], [2, 1]],
};
const residual = (shape: NetworkShape): NetworkShape => ({
  ...shape,
  networkClass: 'ResidualEncoderUNet',
  encoderDepths: shape.encoderDepths.map((_, stage) => 1 + (stage % 3)),
  decoderDepths: shape.decoderDepths.map(() => 1),
});

export const variants: Variant[] = [
  variant('a plain 3D U-Net', isotropic, [12, 8, 16], [1, 3]),
  variant('a plain 3D U-Net with anisotropic kernels and strides', anisotropic, [6, 24, 24], [2, 4]),
  variant('a plain 2D U-Net', flat, [20, 16], [3, 2]),
  variant('a residual 3D U-Net', residual(isotropic), [12, 8, 16], [1, 3]),
  variant('a residual 3D U-Net with anisotropic kernels and strides', residual(anisotropic), [6, 24, 24], [2, 4]),
  variant('a residual 2D U-Net', residual(flat), [20, 16], [1, 5]),
  variant("a cascade's second stage", isotropic, [8, 12, 8], [1 + 4, 5]),
  variant('a network without biases of the convolutions', isotropic, [8, 8, 8], [1, 2], { conv_bias: false }),
  variant('a network with another epsilon', isotropic, [8, 8, 8], [1, 2], {
    norm_op_kwargs: { eps: 1e-2, affine: true },
  }),
];

/** With running statistics, which the native core does not train. */
export const batchNormVariants: Variant[] = [
  variant('a plain 3D U-Net with batch normalisation', isotropic, [8, 12, 8], [1, 3], batchNorm(3)),
  variant('a residual 2D U-Net with batch normalisation', residual(flat), [16, 8], [2, 3], batchNorm(2)),
];

function batchNorm(dims: number): Partial<ArchKwargs> {
  return { norm_op: `torch.nn.modules.batchnorm.BatchNorm${dims}d` };
}

/** Uniform numbers from -1 to 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function randomVolume(count: number, seed: number): Float32Array {
  const next = randomNumbers(seed);
  return Float32Array.from({ length: count }, () => 2 * next());
}

/** Weights such that every layer matters and logits stay below about 2. */
export async function writeRandomWeights(file: string, network: NetworkDescription, seed: number): Promise<void> {
  const next = randomNumbers(seed);
  const tensors = networkTensors(network).tensors.map(({ name, shape }): [string, TensorSource] => {
    const count = shape.reduce((product, size) => product * size, 1);
    if (name.endsWith('num_batches_tracked')) {
      return [name, { dtype: 'int64', shape, read: async () => new Uint8Array(8) }];
    }
    const fanIn = Math.max(1, count / (shape[0] ?? 1));
    const value = (): number => {
      if (name.endsWith('running_var')) return 1.2 + next();
      if (name.endsWith('norm.weight')) return 1 + 0.5 * next();
      if (shape.length === 1) return 0.3 * next();
      return ((name.includes('seg_layers') ? 0.4 : 1) * next()) / Math.sqrt(fanIn);
    };
    const values = Float32Array.from({ length: count }, value);
    return [name, { dtype: 'float32', shape, read: async () => new Uint8Array(values.buffer) }];
  });
  await writeSafetensors(file, {}, new Map(tensors));
}

/**
 * The native core's logits for one patch: the logarithms of the odds that it gives for regions. It holds sums of logits in
 * half precision, so that they are exact to about 5e-4 of their size.
 */
export async function nativeLogits(
  folder: string,
  { network, patch }: Variant,
  checkpoints: string[],
  image: Float32Array,
): Promise<Float32Array> {
  const heads = network.outputChannels;
  const shape = patch.length === 2 ? [1, ...patch] : patch;
  const file = (name: string): string => join(folder, name);
  await writeNpy(file('image.npy'), npyArray(image, [network.inputChannels, ...shape]));
  const properties = {
    spacing: [1, 1, 1],
    shape_before_cropping: shape,
    bbox_used_for_cropping: shape.map((size) => [0, size]),
    shape_after_cropping_and_before_resampling: shape,
  };
  await writeFile(file('image.json'), JSON.stringify(properties));
  const order = Array.from({ length: heads }, (_, head) => head + 1);
  const job: PredictJob = {
    command: 'predict',
    device: 'cpu',
    precision: 'fp32',
    threads: 2,
    network,
    patchSize: patch,
    dims: patch.length === 2 ? 2 : 3,
    mirrorAxes: null,
    stepSize: 1,
    gaussian: false,
    checkpoints,
    labels: { numHeads: heads, foreground: order, regions: order.map((label) => [label]), regionsClassOrder: order },
    export: {
      configurationSpacing: patch.map(() => 1),
      transposeForward: [0, 1, 2],
      transposeBackward: [0, 1, 2],
      resampling: { order: 1, orderZ: 0, forceSeparateZ: null },
    },
    cases: [
      {
        case: 'image',
        data: file('image.npy'),
        properties: file('image.json'),
        previousStage: null,
        output: file('labels.npy'),
        probabilities: file('probabilities.npy'),
        nextStage: null,
      },
    ],
  };
  await runCore(job, { onEvent: () => undefined });
  const { data } = await readNpy(file('probabilities.npy'));
  return Float32Array.from(data as Float32Array, (share) => Math.log(share / (1 - share)));
}
