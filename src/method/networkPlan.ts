/** The network that a configuration asks for, in nnU-Net's current words. */
import { PlansError } from './errors';
import { isNumberList, isObject, isWholeNumber, show, type JsonObject } from './jsonShape';

type NetworkClass = 'PlainConvUNet' | 'ResidualEncoderUNet';

/** Arguments of the network class as plans have them; lists run over stages, inner lists over axes. */
export interface ArchKwargs {
  n_stages: number;
  features_per_stage: number[];
  conv_op: string;
  kernel_sizes: number[][];
  strides: number[][];
  /** PlainConvUNet: convolutions per encoder stage. */
  n_conv_per_stage?: number[];
  /** ResidualEncoderUNet: residual blocks per encoder stage. */
  n_blocks_per_stage?: number[];
  /** One entry less than stages, from the bottom up. */
  n_conv_per_stage_decoder: number[];
  conv_bias: boolean;
  norm_op: string;
  norm_op_kwargs: JsonObject;
  dropout_op: string | null;
  dropout_op_kwargs: JsonObject | null;
  nonlin: string;
  nonlin_kwargs: JsonObject;
  [key: string]: unknown;
}

export interface Architecture {
  /** Python path of the class; its last part counts. */
  network_class_name: string;
  arch_kwargs: ArchKwargs;
  _kw_requires_import: string[];
}

/** The parts of an architecture that vary between plans. */
export interface NetworkShape {
  networkClass: NetworkClass;
  features: number[];
  kernelSizes: number[][];
  strides: number[][];
  encoderDepths: number[];
  decoderDepths: number[];
}

/** The architecture entry that nnU-Net writes for this shape; dimensions follow from the strides. */
export function architectureFor(shape: NetworkShape): Architecture {
  const dims = shape.strides[0]!.length;
  const depthKey = shape.networkClass === 'PlainConvUNet' ? 'n_conv_per_stage' : 'n_blocks_per_stage';
  return {
    network_class_name: `dynamic_network_architectures.architectures.unet.${shape.networkClass}`,
    arch_kwargs: {
      n_stages: shape.features.length,
      features_per_stage: shape.features,
      conv_op: `torch.nn.modules.conv.Conv${dims}d`,
      kernel_sizes: shape.kernelSizes,
      strides: shape.strides,
      [depthKey]: shape.encoderDepths,
      n_conv_per_stage_decoder: shape.decoderDepths,
      conv_bias: true,
      norm_op: `torch.nn.modules.instancenorm.InstanceNorm${dims}d`,
      norm_op_kwargs: { eps: 1e-5, affine: true },
      dropout_op: null,
      dropout_op_kwargs: null,
      nonlin: 'torch.nn.LeakyReLU',
      nonlin_kwargs: { inplace: true },
    },
    _kw_requires_import: ['conv_op', 'norm_op', 'dropout_op', 'nonlin'],
  };
}

/** The same network with batch normalisation, as nnU-Net's trainer nnUNetTrainerBN makes it of plans that it leaves as they are. */
export function withBatchNorm(architecture: Architecture): Architecture {
  const { arch_kwargs: kwargs } = architecture;
  const norm_op = `torch.nn.modules.batchnorm.BatchNorm${kwargs.strides[0]!.length}d`;
  return {
    ...architecture,
    arch_kwargs: { ...kwargs, norm_op, norm_op_kwargs: { eps: 1e-5, affine: true } },
  };
}

/**
 * Architecture of a configuration whose inheritance is resolved. Plans from before version 2.2 describe the network by
 * keys of their own; they are turned into the current form.
 * @throws PlansError architecture-invalid
 */
export function architectureOf(configuration: JsonObject, where: string): Architecture {
  const { architecture } = configuration;
  if (architecture === undefined && configuration.UNet_class_name !== undefined)
    return legacyArchitecture(configuration, where);
  const isComplete =
    isObject(architecture) && typeof architecture.network_class_name === 'string' && isObject(architecture.arch_kwargs);
  if (isComplete) return architecture as unknown as Architecture;
  throw invalid(where, 'architecture', 'with network_class_name and arch_kwargs', architecture);
}

function legacyArchitecture(configuration: JsonObject, where: string): Architecture {
  const className = configuration.UNet_class_name;
  if (className !== 'PlainConvUNet' && className !== 'ResidualEncoderUNet') {
    throw invalid(where, 'UNet_class_name', '"PlainConvUNet" or "ResidualEncoderUNet"', className);
  }
  const encoderDepths = countList(configuration, 'n_conv_per_stage_encoder', where);
  const base = count(configuration, 'UNet_base_num_features', where);
  const maximum = count(configuration, 'unet_max_num_features', where);
  return architectureFor({
    networkClass: className,
    features: encoderDepths.map((_, stage) => Math.min(base * 2 ** stage, maximum)),
    kernelSizes: vectorList(configuration, 'conv_kernel_sizes', where),
    strides: vectorList(configuration, 'pool_op_kernel_sizes', where),
    encoderDepths,
    decoderDepths: countList(configuration, 'n_conv_per_stage_decoder', where),
  });
}

const legacyKeys = new Set([
  'UNet_class_name',
  'UNet_base_num_features',
  'unet_max_num_features',
  'n_conv_per_stage_encoder',
  'n_conv_per_stage_decoder',
  'num_pool_per_axis',
  'pool_op_kernel_sizes',
  'conv_kernel_sizes',
]);

/** A configuration without the keys by which old plans describe the network. */
export function withoutLegacyKeys(configuration: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => !legacyKeys.has(key)));
}

function count(configuration: JsonObject, key: string, where: string): number {
  const value = configuration[key];
  if (isWholeNumber(value) && value > 0) return value;
  throw invalid(where, key, 'a whole number above 0', value);
}

function countList(configuration: JsonObject, key: string, where: string): number[] {
  const value = configuration[key];
  if (isNumberList(value)) return value;
  throw invalid(where, key, 'a list of numbers', value);
}

function vectorList(configuration: JsonObject, key: string, where: string): number[][] {
  const value = configuration[key];
  if (Array.isArray(value) && value.length > 0 && value.every((entry) => isNumberList(entry))) return value;
  throw invalid(where, key, 'a list of 2 or 3 numbers per stage', value);
}

function invalid(where: string, key: string, expected: string, value: unknown): PlansError {
  const hint = 'Correct the plans file, or plan again.';
  return new PlansError('architecture-invalid', `${key} must be ${expected}, but it is ${show(value)}`, {
    where,
    hint,
  });
}

/** The class's name without its Python path: paths changed between versions. */
export function networkClassOf(architecture: Architecture): string {
  return architecture.network_class_name.split('.').pop()!;
}
