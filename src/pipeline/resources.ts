/** Compares what a stage will need with what the machine has, before it starts: a clear refusal instead of a killed process. */
import type { Vector3 } from '../geometry/types';
import { statfs } from 'node:fs/promises';
import type { RawCase } from '../dataset/rawDataset';
import { memoryState } from '../engine/machine';
import { readHeader } from '../images/header';
import { spacingAsRead } from '../images/readers';
import type { ImageHeader } from '../images/types';
import { NnunetError, StorageError } from '../method/errors';
import type { Configuration, Plans } from '../method/plans';
import type { OptimizerName } from '../method/trainerVariants';
import type { CaseHeaders } from './eachCase';
import { targetSpacingOf } from './preprocessCase';
import type { Model } from './modelFolder';
import type { StageContext } from './progress';

/** Left free for everything else. */
const reserveBytes = 10 * 2 ** 20;

class ResourceError extends NnunetError {}

/** @throws StorageError `disk-too-small` */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeBytes(folder);
  if (free === undefined || bytes + reserveBytes <= free) return;
  throw new StorageError(
    'disk-too-small',
    `${what} needs about ${gigabytes(bytes + reserveBytes)} of disk, but ${gigabytes(free)} are free`,
    {
      where: folder,
      hint: 'Free some space, or choose another disk with --root.',
    },
  );
}

/** Space for the preprocessed cases, estimated from the images' headers; memory for the largest of them. */
export async function requireSpaceForPreprocessing(
  cases: readonly RawCase[],
  headers: CaseHeaders,
  folder: string,
  plans: Plans,
  configuration: Configuration,
  context: StageContext,
): Promise<void> {
  let totalBytes = 0;
  let largest = { bytes: 0, id: '' };
  for (const rawCase of cases) {
    const header = headers.get(rawCase);
    if (!header) continue; // Reading it will say what is wrong.
    const axes = plans.transpose_forward;
    const shape = axes.map((axis) => header.shape[axis]!);
    const spacing = transposedSpacing(header, plans);
    const target = targetSpacingOf(configuration, spacing);
    const channels = Math.max(header.channels, rawCase.images.length);
    const before = shape.reduce((product, size) => product * size, 1);
    const after = shape.reduce(
      (product, size, axis) => product * Math.max(1, Math.round((spacing[axis]! / target[axis]!) * size)),
      1,
    );
    totalBytes += after * (4 * channels + 2);
    // Image before and after in float32, float64 work on one channel, labels.
    const working = 4 * channels * (2 * before + after) + 16 * Math.max(before, after) + 4 * (before + after);
    if (working > largest.bytes) largest = { bytes: working, id: rawCase.id };
  }
  await requireSpace(folder, totalBytes, 'The preprocessed data');
  const { totalBytes: memory, availableBytes } = memoryState();
  if (largest.bytes > memory) {
    throw new ResourceError(
      'memory-too-small',
      `Preprocessing case ${largest.id} takes about ${gigabytes(largest.bytes)} of memory, but this machine has ${gigabytes(memory)}`,
      { hint: 'Use a machine with more memory, or a coarser configuration such as 3d_lowres.' },
    );
  }
  if (largest.bytes > availableBytes) {
    context.warn(
      'memory-tight',
      `Preprocessing case ${largest.id} takes about ${gigabytes(largest.bytes)} of memory, but only ${gigabytes(availableBytes)} are free: close other programs.`,
    );
  }
}

/**
 * Space for a fold's checkpoints.
 * @throws StorageError `disk-too-small`
 */
export async function requireSpaceForTraining(model: Model, folder: string, optimizer: OptimizerName): Promise<void> {
  await requireSpace(folder, checkpointBytes(model, optimizer), 'The training (its checkpoints)');
}

/** Numbers that are kept for each weight. */
const stateTensors: Readonly<Record<OptimizerName, number>> = { sgd: 1, adam: 2, adamw: 2, amsgrad: 3 };

/** What a fold's checkpoints take. */
export function checkpointBytes(
  model: Pick<Model, 'configuration' | 'labels'>,
  optimizer: OptimizerName = 'sgd',
): number {
  const perWeight = 4 * (1 + stateTensors[optimizer]);
  // Best, latest and final at once, one of them while it replaces its predecessor, and nnU-Net's copies of two.
  return networkSize(model).weights * perWeight * 6;
}

/** Refuses training on the CPU that can't fit the memory, and warns where it hardly will. @throws ResourceError `memory-too-small` */
export function checkTrainingMemory(model: Model, device: string, context: StageContext): void {
  if (device.startsWith('cuda') || device === 'mps') return;
  const needed = trainingBytes(model);
  const { totalBytes, availableBytes } = memoryState();
  const hint =
    'Plan for less with "nnunet plan DATASET --gpu-memory 4", or make batch_size or patch_size in the plans smaller.';
  if (needed > totalBytes) {
    throw new ResourceError(
      'memory-too-small',
      `Training ${model.configurationName} on the CPU takes about ${gigabytes(needed)} of memory, but this machine has ${gigabytes(totalBytes)}`,
      { hint },
    );
  }
  if (needed <= availableBytes) return;
  context.warn(
    'memory-tight',
    `Training takes about ${gigabytes(needed)} of memory, but only ${gigabytes(availableBytes)} are free. ${hint}`,
  );
}

/** Activations and gradients of one batch, weights with gradients and optimizer, and the libraries themselves. */
export function trainingBytes(model: Pick<Model, 'configuration' | 'labels'>): number {
  const { activations, weights } = networkSize(model);
  // For each convolution its result and the normalised result are kept for the backward pass.
  return model.configuration.batch_size * activations * 4 * 2.2 + weights * 4 * 4 + 600 * 2 ** 20;
}

/** Multiplications (with additions) of one training step: forward, and twice as many backward. */
export function trainingStepOperations(model: Pick<Model, 'configuration' | 'labels'>): number {
  return model.configuration.batch_size * networkSize(model).operations * 3;
}

/** About as many as the network learns. */
export function weightCount(model: Pick<Model, 'configuration' | 'labels'>): number {
  return networkSize(model).weights;
}

/** Numbers in the feature maps of one patch, and in the weights. */
function networkSize({ configuration, labels }: Pick<Model, 'configuration' | 'labels'>): {
  activations: number;
  weights: number;
  /** Of one patch, forward: multiplications with additions. */
  operations: number;
} {
  const kwargs = configuration.architecture.arch_kwargs;
  const encoder = kwargs.n_conv_per_stage ?? kwargs.n_blocks_per_stage?.map((blocks) => 2 * blocks) ?? [];
  const decoder = kwargs.n_conv_per_stage_decoder;
  const stages = kwargs.features_per_stage.length;
  let size = [...configuration.patch_size];
  let activations = 0;
  let weights = 0;
  let operations = 0;
  kwargs.features_per_stage.forEach((features, stage) => {
    size = size.map((length, axis) => Math.floor(length / kwargs.strides[stage]![axis]!));
    const voxels = size.reduce((product, length) => product * length, 1);
    const kernel = kwargs.kernel_sizes[stage]!.reduce((product, length) => product * length, 1);
    const decoderDepth = stage < stages - 1 ? decoder[stages - 2 - stage]! + 1 : 0;
    activations += voxels * (features * (encoder[stage]! + decoderDepth) + labels.numHeads);
    // The decoder's first convolution sees its own features and the skipped ones.
    const stageWeights = features * features * kernel * (encoder[stage]! + decoderDepth + (decoderDepth > 0 ? 1 : 0));
    weights += stageWeights;
    operations += stageWeights * voxels;
  });
  return { activations, weights, operations };
}

/** What ONNX Runtime and Node take by themselves. */
export const onnxRuntimeBytes = 250 * 2 ** 20;

/** Feature maps that are alive at once while one patch goes through the network, and the weights in several forms. */
export function inferenceBytes(model: Pick<Model, 'configuration' | 'labels'>): number {
  const { features_per_stage: features } = model.configuration.architecture.arch_kwargs;
  const patch = model.configuration.patch_size.reduce((product, length) => product * length, 1);
  // At the top of the decoder: the skipped features, the same from below, both together, and a result; in 3D also both as
  // they are mixed along the depth, in two layouts.
  const maps = model.configuration.patch_size.length === 3 ? 11 : 5;
  return patch * (maps * features[0]! + 2 * model.labels.numHeads) * 4 + networkSize(model).weights * 16;
}

/** Of the voxels of tiles that the native engine has go through the network together: core/trainer/prediction/sliding_window.cpp. */
const batchVoxels = 64 * 1024;
/** What CUDA and its kernels take by themselves. */
const cudaBytes = 500 * 2 ** 20;

/** A GPU's memory during a prediction by the native engine: maps of the tiles in work, the weights of all folds, and CUDA itself. */
export function predictionDeviceBytes(model: Pick<Model, 'configuration' | 'labels'>, folds: number): number {
  const patch = model.configuration.patch_size.reduce((product, length) => product * length, 1);
  const tiles = Math.max(1, Math.floor(batchVoxels / patch));
  const { weights } = networkSize(model);
  const maps = inferenceBytes(model) - weights * 16;
  return tiles * maps + folds * weights * 4 + cudaBytes;
}

/** Multiplications (with additions) of one patch on its way through the network. */
export function patchOperations(model: Pick<Model, 'configuration' | 'labels'>): number {
  return networkSize(model).operations;
}

/** An image's voxels and mm, as its reader has them; (z, y, x). */
export interface ImageSize {
  shape: Vector3;
  spacing: Vector3;
}

/** Voxels that an image has at the network's spacing, in the network's order of axes; before cropping. */
export function resampledShape({ shape, spacing }: ImageSize, { plans, configuration }: Model): Vector3 {
  const axes = plans.transpose_forward;
  const steps = axes.map((axis) => spacing[axis]!) as Vector3;
  const target = targetSpacingOf(configuration, steps);
  return axes.map((axis, at) => Math.max(1, Math.round((steps[at]! / target[at]!) * shape[axis]!))) as Vector3;
}

/** Memory of an image's prediction: half-precision scores for every class, and their resampling. @param networkBytes see below */
export function predictionBytes(size: ImageSize, model: Model, networkBytes = coreBytes): number {
  const voxels = resampledShape(size, model).reduce((product, length) => product * length, 1);
  const original = size.shape.reduce((product, length) => product * length, 1);
  return voxels * (2 * (model.labels.numHeads + 1) + 4 * model.imageChannels) + original * 8 + networkBytes;
}

/** The native engine and its network. */
const coreBytes = 400 * 2 ** 20;

/**
 * Warns where the largest case's prediction will hardly fit the memory.
 * @param networkBytes  what the network itself and its runtime take
 */
export async function warnOfPredictionMemory(
  cases: readonly { id: string; images: readonly string[] }[],
  model: Model,
  context: StageContext,
  networkBytes = coreBytes,
): Promise<void> {
  let largest = { bytes: 0, id: '' };
  for (const { id, images } of cases) {
    const header = await readHeader(images[0]!).catch(() => undefined);
    if (!header) continue;
    const spacing = spacingAsRead(header, model.plans.image_reader_writer);
    const bytes = predictionBytes({ shape: header.shape, spacing }, model, networkBytes);
    if (bytes > largest.bytes) largest = { bytes, id };
  }
  const { availableBytes } = memoryState();
  if (largest.bytes <= availableBytes) return;
  context.warn(
    'memory-tight',
    `Predicting case ${largest.id} takes about ${gigabytes(largest.bytes)} of memory, but only ${gigabytes(availableBytes)} are free: close other programs, or crop the image.`,
  );
}

function transposedSpacing(
  header: ImageHeader,
  { image_reader_writer: reader, transpose_forward: axes }: Plans,
): Vector3 {
  const spacing = spacingAsRead(header, reader);
  return axes.map((axis) => spacing[axis]!) as Vector3;
}

async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const info = await statfs(folder);
    return info.bavail * info.bsize;
  } catch {
    return undefined;
  }
}

export function gigabytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
