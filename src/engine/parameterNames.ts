/**
 * Names and shapes of a network's tensors, as nnU-Net's checkpoints have them. Every tensor has one canonical name (the first
 * one) and, because modules refer to each other, up to three aliases; a checkpoint holds them all, in the order of the modules.
 * Source: dynamic-network-architectures 0.4.4, PlainConvUNet and ResidualEncoderUNet.
 */
import { PlansError } from '../method/errors';
import type { ArchKwargs } from '../method/networkPlan';

/** What decides the tensors of a network. */
export interface NetworkDescription {
  /** Python path or name of the class; the last part counts. */
  className: string;
  archKwargs: ArchKwargs;
  inputChannels: number;
  outputChannels: number;
}

interface NetworkTensor {
  /** Canonical name. */
  name: string;
  shape: number[];
  /** Buffers (of batch normalisation) are not trained. */
  isParameter: boolean;
}

interface NetworkTensors {
  /** Each tensor once; the parameters among them are in the order of the optimizer's indices. */
  tensors: NetworkTensor[];
  /** All keys of the state dict in order, with the canonical name of what they hold. */
  keys: [key: string, name: string][];
}

type Emit = (key: string, name: string, shape: number[], isParameter?: boolean) => void;

export function networkTensors(network: NetworkDescription): NetworkTensors {
  const tensors = new Map<string, NetworkTensor>();
  const keys: [string, string][] = [];
  const emit: Emit = (key, name, shape, isParameter = true) => {
    if (!tensors.has(name)) tensors.set(name, { name, shape, isParameter });
    keys.push([key, name]);
  };
  const kwargs = network.archKwargs;
  const encoder = encoderOf(network);
  encoder('encoder', emit);
  // The decoder holds the encoder as well.
  encoder('decoder.encoder', (key, name, ...rest) => emit(key, name.replace(/^decoder\./, ''), ...rest));
  decoder(kwargs, network.outputChannels, emit);
  return { tensors: [...tensors.values()], keys };
}

function encoderOf({ className, archKwargs, inputChannels }: NetworkDescription): (prefix: string, emit: Emit) => void {
  const name = className.split('.').pop();
  if (name === 'PlainConvUNet') return (prefix, emit) => plainEncoder(archKwargs, inputChannels, prefix, emit);
  if (name === 'ResidualEncoderUNet') return (prefix, emit) => residualEncoder(archKwargs, inputChannels, prefix, emit);
  throw new PlansError('network-unknown', `The network ${className} is not known here`, {
    hint: 'PlainConvUNet and ResidualEncoderUNet can be trained and used.',
  });
}

function plainEncoder(kwargs: ArchKwargs, inputChannels: number, prefix: string, emit: Emit): void {
  const features = kwargs.features_per_stage;
  for (let stage = 0; stage < kwargs.n_stages; stage++) {
    for (let unit = 0; unit < kwargs.n_conv_per_stage![stage]!; unit++) {
      const before = unit > 0 ? features[stage]! : stage > 0 ? features[stage - 1]! : inputChannels;
      const path = `${prefix}.stages.${stage}.0.convs.${unit}`;
      convUnit(kwargs, path, before, features[stage]!, kwargs.kernel_sizes[stage]!, emit);
    }
  }
}

function residualEncoder(kwargs: ArchKwargs, inputChannels: number, prefix: string, emit: Emit): void {
  const { features_per_stage: features, kernel_sizes: kernels, strides } = kwargs;
  convUnit(kwargs, `${prefix}.stem.convs.0`, inputChannels, features[0]!, kernels[0]!, emit);
  for (let stage = 0; stage < kwargs.n_stages; stage++) {
    const [after, kernel] = [features[stage]!, kernels[stage]!];
    for (let block = 0; block < kwargs.n_blocks_per_stage![stage]!; block++) {
      const before = block > 0 ? after : features[Math.max(0, stage - 1)]!;
      const path = `${prefix}.stages.${stage}.blocks.${block}`;
      convUnit(kwargs, `${path}.conv1`, before, after, kernel, emit);
      convUnit({ ...kwargs, dropout_op: null }, `${path}.conv2`, after, after, kernel, emit);
      if (before === after) continue;
      const pools = block === 0 && strides[stage]!.some((step) => step !== 1);
      const projection = { ...kwargs, dropout_op: null, conv_bias: false };
      convUnit(
        projection,
        `${path}.skip.${pools ? 1 : 0}`,
        before,
        after,
        kernel.map(() => 1),
        emit,
      );
    }
  }
}

function decoder(kwargs: ArchKwargs, classes: number, emit: Emit): void {
  const { features_per_stage: features, kernel_sizes: kernels, strides, n_stages: stages } = kwargs;
  const steps = Array.from({ length: stages - 1 }, (_, step) => ({
    step,
    below: stages - 1 - step,
    skip: stages - 2 - step,
  }));
  for (const { step, skip } of steps) {
    for (let unit = 0; unit < kwargs.n_conv_per_stage_decoder[step]!; unit++) {
      const before = unit > 0 ? features[skip]! : 2 * features[skip]!;
      convUnit(kwargs, `decoder.stages.${step}.convs.${unit}`, before, features[skip]!, kernels[skip]!, emit);
    }
  }
  const plain = (path: string, shape: number[], biases: number | undefined) => {
    emit(`${path}.weight`, `${path}.weight`, shape);
    if (biases !== undefined) emit(`${path}.bias`, `${path}.bias`, [biases]);
  };
  for (const { step, below, skip } of steps) {
    const shape = [features[below]!, features[skip]!, ...strides[below]!];
    plain(`decoder.transpconvs.${step}`, shape, kwargs.conv_bias ? features[skip]! : undefined);
  }
  for (const { step, skip } of steps) {
    plain(`decoder.seg_layers.${step}`, [classes, features[skip]!, ...strides[0]!.map(() => 1)], classes);
  }
}

/** Convolution and normalisation, each twice: by name and by its place in `all_modules`. */
function convUnit(kwargs: ArchKwargs, path: string, before: number, after: number, kernel: number[], emit: Emit): void {
  const conv: [string, number[], boolean?][] = [['weight', [after, before, ...kernel]]];
  if (kwargs.conv_bias) conv.push(['bias', [after]]);
  const affine = kwargs.norm_op_kwargs?.affine !== false;
  const norm: [string, number[], boolean?][] = affine
    ? [
        ['weight', [after]],
        ['bias', [after]],
      ]
    : [];
  if (/BatchNorm/.test(kwargs.norm_op)) {
    norm.push(['running_mean', [after], false], ['running_var', [after], false], ['num_batches_tracked', [], false]);
  }
  const normPlace = kwargs.dropout_op ? 2 : 1;
  for (const [convPath, normPath] of [
    ['conv', 'norm'],
    ['all_modules.0', `all_modules.${normPlace}`],
  ]) {
    for (const [name, ...rest] of conv) emit(`${path}.${convPath}.${name}`, `${path}.conv.${name}`, ...rest);
    for (const [name, ...rest] of norm) emit(`${path}.${normPath}.${name}`, `${path}.norm.${name}`, ...rest);
  }
}

/** Canonical name of a key of any checkpoint, whatever wrapped the network while it was trained. */
export function canonicalName(key: string): string {
  return key
    .replace(/^((module|_orig_mod)\.)+/, '')
    .replace(/^decoder\.encoder\./, 'encoder.')
    .replace('.all_modules.0.', '.conv.')
    .replace(/\.all_modules\.[12]\./, '.norm.');
}

/** Buffers of batch normalisation; everything else is trained. */
export function isBufferName(name: string): boolean {
  return /\.(running_mean|running_var|num_batches_tracked)$/.test(name);
}

/** Whether the network that these tensors are of has batch normalisation. */
export function hasBatchNorm(names: Iterable<string>): boolean {
  return [...names].some(isBufferName);
}

/** Heads depend on the number of classes; fine-tuning leaves them out. */
export function isHeadName(name: string): boolean {
  return name.startsWith('decoder.seg_layers.');
}
