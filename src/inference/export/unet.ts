/**
 * The graph of a trained U-Net: the same layers as the trainer has (core/trainer/network), with the head of the highest
 * resolution only. Source: dynamic-network-architectures 0.4.4, PlainConvUNet and ResidualEncoderUNet.
 */
import type { NetworkDescription } from '../../engine/parameterNames';
import type { TensorSource } from '../../engine/safetensors';
import type { ArchKwargs } from '../../method/networkPlan';
import { InferenceError } from '../inferenceError';
import { bytesOf, type GraphBuilder } from './graph';
import { floatsOf } from './tensorValues';

/** Canonical names, as a checkpoint in our form has them. */
export type TrainedTensors = ReadonlyMap<string, TensorSource>;

/**
 * Adds a network to the graph.
 * @param prefix  of all names, so that several folds fit into one graph
 * @param tensors  those of `networkTensors(network)`
 * @returns the logits' name
 * @throws InferenceError `export-unsupported`
 */
export function addUNet(
  builder: GraphBuilder,
  network: NetworkDescription,
  tensors: TrainedTensors,
  input: string,
  prefix: string,
): string {
  requireExportable(network.archKwargs);
  return new UNet(builder, network, tensors, prefix).run(input);
}

const lastPart = (path: string): string => path.split('.').pop()!;

function requireExportable(kwargs: ArchKwargs): void {
  const norm = lastPart(String(kwargs.norm_op));
  const nonlinearity = lastPart(String(kwargs.nonlin));
  const problem = [
    kwargs.n_stages < 2 && 'A network with one stage',
    !/^(Instance|Batch)Norm[23]d$/.test(norm) && `The normalisation ${norm}`,
    !(nonlinearity in nonlinearities) && `The nonlinearity ${nonlinearity}`,
    kwargs.nonlin_first === true && 'A nonlinearity before the normalisation',
  ].find(Boolean);
  if (!problem) return;
  throw new InferenceError('export-unsupported', `${problem} can't be exported`, {
    hint: 'Networks as nnU-Net plans them can.',
  });
}

/** torch's default slope. */
const defaultSlope = 0.01;
const defaultEpsilon = 1e-5;

const nonlinearities: Record<string, string> = { LeakyReLU: 'LeakyRelu', ReLU: 'Relu' };

interface ConvUnit {
  path: string;
  kernel: readonly number[];
  stride: readonly number[];
  /** The second unit of a residual block and its projection stop after the normalisation. */
  nonlinear?: boolean;
}

class UNet {
  private readonly kwargs: ArchKwargs;
  private readonly ones: number[];
  private readonly epsilon: number;
  private readonly isBatchNorm: boolean;

  constructor(
    private readonly builder: GraphBuilder,
    private readonly network: NetworkDescription,
    private readonly tensors: TrainedTensors,
    private readonly prefix: string,
  ) {
    this.kwargs = network.archKwargs;
    this.ones = this.kwargs.strides[0]!.map(() => 1);
    this.epsilon = Number(this.kwargs.norm_op_kwargs?.eps ?? defaultEpsilon);
    this.isBatchNorm = this.kwargs.norm_op.includes('BatchNorm');
  }

  run(input: string): string {
    const skips = this.encoder(input);
    const { kernel_sizes: kernels, strides, n_stages: stages, n_conv_per_stage_decoder: depths } = this.kwargs;
    let x = skips.at(-1)!;
    for (let step = 0; step < stages - 1; step++) {
      const skip = stages - 2 - step;
      const upsampled = this.upsample(`decoder.transpconvs.${step}`, x, strides[skip + 1]!);
      x = this.node('Concat', `decoder.concat.${step}`, [upsampled, skips[skip]!], { axis: { integer: 1 } });
      for (let unit = 0; unit < depths[step]!; unit++) {
        x = this.unit(x, { path: `decoder.stages.${step}.convs.${unit}`, kernel: kernels[skip]!, stride: this.ones });
      }
    }
    return this.convolution(x, { path: `decoder.seg_layers.${stages - 2}`, kernel: this.ones, stride: this.ones });
  }

  /** @returns the stages' results, the highest resolution first */
  private encoder(input: string): string[] {
    const isResidual = lastPart(this.network.className) === 'ResidualEncoderUNet';
    const { kernel_sizes: kernels, strides, n_stages: stages } = this.kwargs;
    let x = input;
    if (isResidual) x = this.unit(x, { path: 'encoder.stem.convs.0', kernel: kernels[0]!, stride: this.ones });
    const skips: string[] = [];
    for (let stage = 0; stage < stages; stage++) {
      const kernel = kernels[stage]!;
      const depth = (isResidual ? this.kwargs.n_blocks_per_stage! : this.kwargs.n_conv_per_stage!)[stage]!;
      for (let place = 0; place < depth; place++) {
        const stride = place === 0 ? strides[stage]! : this.ones;
        x = isResidual
          ? this.residualBlock(x, `encoder.stages.${stage}.blocks.${place}`, kernel, stride)
          : this.unit(x, { path: `encoder.stages.${stage}.0.convs.${place}`, kernel, stride });
      }
      skips.push(x);
    }
    return skips;
  }

  private residualBlock(x: string, path: string, kernel: readonly number[], stride: readonly number[]): string {
    const first = this.unit(x, { path: `${path}.conv1`, kernel, stride });
    const second = this.unit(first, { path: `${path}.conv2`, kernel, stride: this.ones, nonlinear: false });
    const sum = this.node('Add', `${path}.add`, [second, this.shortcut(x, path, stride)]);
    return this.activate(`${path}.nonlin2`, sum);
  }

  /** Averages where the block has a stride, and projects where it changes the number of channels. */
  private shortcut(x: string, path: string, stride: readonly number[]): string {
    const pools = stride.some((step) => step !== 1);
    const window = { kernel_shape: { integers: stride }, strides: { integers: stride } };
    const pooled = pools ? this.node('AveragePool', `${path}.skip.0`, [x], window) : x;
    const projection = `${path}.skip.${pools ? 1 : 0}`;
    if (!this.tensors.has(`${projection}.conv.weight`)) return pooled;
    return this.unit(pooled, { path: projection, kernel: this.ones, stride: this.ones, nonlinear: false });
  }

  /** Convolution, normalisation and, usually, nonlinearity. */
  private unit(x: string, unit: ConvUnit): string {
    const { path, nonlinear = true } = unit;
    const convolved = this.convolution(
      x,
      { ...unit, path: `${path}.conv` },
      this.isBatchNorm ? `${path}.norm` : undefined,
    );
    const normalised = this.isBatchNorm ? convolved : this.instanceNorm(convolved, `${path}.norm`);
    return nonlinear ? this.activate(`${path}.nonlin`, normalised) : normalised;
  }

  /** @param foldedNorm  batch normalisation whose statistics become part of the convolution's weights */
  private convolution(x: string, { path, kernel, stride }: ConvUnit, foldedNorm?: string): string {
    const padding = kernel.map((size) => (size - 1) / 2);
    const inputs = foldedNorm === undefined ? this.plainWeights(path) : this.foldedWeights(path, foldedNorm);
    return this.node('Conv', path, [x, ...inputs], {
      kernel_shape: { integers: kernel },
      strides: { integers: stride },
      pads: { integers: [...padding, ...padding] },
    });
  }

  private upsample(path: string, x: string, stride: readonly number[]): string {
    const window = { kernel_shape: { integers: stride }, strides: { integers: stride } };
    return this.node('ConvTranspose', path, [x, ...this.plainWeights(path)], window);
  }

  private instanceNorm(x: string, path: string): string {
    const channels = this.tensors.get(`${path.replace(/norm$/, 'conv')}.weight`)!.shape[0]!;
    const affine = this.tensors.has(`${path}.weight`)
      ? [this.weight(`${path}.weight`), this.weight(`${path}.bias`)]
      : [this.constant(`${path}.weight`, channels, 1), this.constant(`${path}.bias`, channels, 0)];
    return this.node('InstanceNormalization', path, [x, ...affine], { epsilon: { float: this.epsilon } });
  }

  private activate(path: string, x: string): string {
    const operator = nonlinearities[lastPart(this.kwargs.nonlin)]!;
    const slope = Number(this.kwargs.nonlin_kwargs?.negative_slope ?? defaultSlope);
    return this.node(operator, path, [x], operator === 'LeakyRelu' ? { alpha: { float: slope } } : {});
  }

  private plainWeights(path: string): string[] {
    const names = [`${path}.weight`, `${path}.bias`];
    return names.filter((name) => this.tensors.has(name)).map((name) => this.weight(name));
  }

  private foldedWeights(path: string, norm: string): string[] {
    const kernels = this.tensors.get(`${path}.weight`)!;
    const [weight, bias] = [`${this.prefix}${path}.weight`, `${this.prefix}${path}.bias`];
    const channels = kernels.shape[0]!;
    this.builder.weight(weight, kernels.shape, async () => {
      const [values, { scale }] = await Promise.all([floatsOf(kernels), this.foldedNorm(path, norm)]);
      const perChannel = values.length / channels;
      return bytesOf(values.map((value, at) => value * scale[Math.floor(at / perChannel)]!));
    });
    this.builder.weight(bias, [channels], async () => bytesOf((await this.foldedNorm(path, norm)).shift));
    return [weight, bias];
  }

  /** What a batch normalisation of fixed statistics does: y = scale * convolution without bias + shift. */
  private async foldedNorm(path: string, norm: string): Promise<{ scale: Float64Array; shift: Float32Array }> {
    const optional = async (name: string, otherwise: number): Promise<(channel: number) => number> => {
      const tensor = this.tensors.get(name);
      const values = tensor && (await floatsOf(tensor));
      return (channel) => values?.[channel] ?? otherwise;
    };
    const [mean, variance, gain, offset, bias] = await Promise.all([
      optional(`${norm}.running_mean`, 0),
      optional(`${norm}.running_var`, 1),
      optional(`${norm}.weight`, 1),
      optional(`${norm}.bias`, 0),
      optional(`${path}.bias`, 0),
    ]);
    const channels = this.tensors.get(`${path}.weight`)!.shape[0]!;
    const scale = Float64Array.from({ length: channels }, (_, c) => gain(c) / Math.sqrt(variance(c) + this.epsilon));
    const shift = Float32Array.from(scale, (factor, c) => (bias(c) - mean(c)) * factor + offset(c));
    return { scale, shift };
  }

  private weight(name: string): string {
    const tensor = this.tensors.get(name)!;
    return this.builder.weight(`${this.prefix}${name}`, tensor.shape, async () => bytesOf(await floatsOf(tensor)));
  }

  private constant(name: string, channels: number, value: number): string {
    return this.builder.floats(`${this.prefix}${name}`, new Array<number>(channels).fill(value));
  }

  private node(...[operator, name, inputs, attributes]: Parameters<GraphBuilder['node']>): string {
    const scoped = `${this.prefix}${name}`;
    return this.builder.node(operator, scoped, inputs, attributes);
  }
}
