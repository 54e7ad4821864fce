/**
 * A 3D U-Net as 2D layers over slices, for processors: ONNX Runtime has direct kernels for 2D convolutions there, but unfolds
 * 3D ones into matrices first. The logits stay the same up to rounding; a patch of 64x64x64 takes half the time on two cores with
 * AVX-512. The graph takes patches of one size only, in any number.
 *
 * Volumes (sample, channel, z, y, x) become stacks of slices (sample * z, channel, y, x). A kernel of three slices then is, over
 * few channels, one 2D convolution that sees each slice with its neighbours as channels; with stride 2 one over pairs of slices
 * and one over the slice before each pair; otherwise Winograd's minimal filtering along z (depthFiltering.ts).
 */
import { GraphBuilder, integersOf, type Graph, type GraphNode } from './graph';
import { addSliceConvolution, depthFirst } from './sliceConvolutions';

type Size = readonly [number, number, number];

/** What a tensor is as slices. */
interface Stack {
  channels: number;
  /** (z, y, x) */
  size: Size;
}

/**
 * @param patch  (z, y, x) of the input
 * @returns undefined where the graph has layers that have no such form
 */
export function withSliceLayers(graph: Graph, patch: readonly number[]): Graph | undefined {
  const isVolume = patch.length === 3 && graph.input.shape.length === 5;
  if (!isVolume || !graph.nodes.every(isKnown)) return undefined;
  return new SliceLayers(graph, patch as unknown as Size).run();
}

const sameSize = new Set(['LeakyRelu', 'Relu', 'Add', 'Mul', 'Concat']);
const known = new Set([...sameSize, 'InstanceNormalization', 'ConvTranspose', 'AveragePool', 'Cast']);

function isKnown(node: GraphNode): boolean {
  if (node.operator !== 'Conv') return known.has(node.operator);
  const [[kernel], [stride], [padding]] = ['kernel_shape', 'strides', 'pads'].map((name) => integersOf(node, name)) as [
    number[],
    number[],
    number[],
  ];
  return kernel === 1 || (kernel === 3 && padding === 1 && (stride === 1 || stride === 2));
}

class SliceLayers {
  private readonly builder = new GraphBuilder();
  private readonly stacks = new Map<string, Stack>();
  private readonly weightShapes: ReadonlyMap<string, readonly number[]>;

  constructor(
    private readonly graph: Graph,
    private readonly patch: Size,
  ) {
    const shapes = new Map(graph.weights.map(({ name, shape }) => [name, shape]));
    // Weights in half precision are turned back by nodes of their own.
    for (const { operator, inputs, outputs } of graph.nodes)
      if (operator === 'Cast') shapes.set(outputs[0]!, shapes.get(inputs[0]!)!);
    this.weightShapes = shapes;
  }

  run(): Graph {
    const { graph, builder, patch } = this;
    const { input, output } = graph;
    const [images, logits] = [`${input.name}.slices`, `${output.name}.slices`];
    const stack = { channels: input.shape[1] as number, size: patch };
    this.toSlices(input.name, stack, images);
    this.stacks.set(images, stack);
    for (const node of graph.nodes) {
      if (node.operator === 'Cast') {
        builder.nodes.push(node);
        continue;
      }
      const inputs = node.inputs.map((name) => (name === input.name ? images : name));
      const outputs = node.outputs.map((name) => (name === output.name ? logits : name));
      this.add({ ...node, inputs, outputs });
    }
    const { channels, size } = this.stacks.get(logits)!;
    const samples = builder.reshape(`${output.name}.samples`, logits, [-1, size[0], channels, size[1], size[2]]);
    builder.transpose(`${output.name}.volume`, samples, depthFirst, output.name);
    const weights = [...graph.weights, ...builder.weights];
    const shapes = {
      input: [input.shape[0]!, stack.channels, ...patch],
      output: [output.shape[0]!, channels, ...size],
    };
    return {
      ...{ ...graph, nodes: builder.nodes, weights },
      input: { ...input, shape: shapes.input },
      output: { ...output, shape: shapes.output },
    };
  }

  /** Its result's shape becomes known. */
  private add(node: GraphNode): void {
    const [output] = node.outputs as [string];
    const stack = this.stacks.get(node.inputs[0]!)!;
    this.stacks.set(output, this.layer(node, stack, output));
  }

  private layer(node: GraphNode, stack: Stack, output: string): Stack {
    switch (node.operator) {
      case 'Conv':
        return this.convolution(node, stack, output);
      case 'ConvTranspose':
        return this.upsampling(node, stack, output);
      case 'InstanceNormalization':
        return this.normalisation(node, stack, output);
      case 'AveragePool':
        return this.pooling(node, stack, output);
      default:
        return this.sameSize(node, stack);
    }
  }

  private sameSize(node: GraphNode, stack: Stack): Stack {
    this.builder.nodes.push(node);
    if (node.operator !== 'Concat') return stack;
    return { ...stack, channels: node.inputs.reduce((sum, name) => sum + this.stacks.get(name)!.channels, 0) };
  }

  private convolution(node: GraphNode, { channels, size }: Stack, output: string): Stack {
    const { name } = node;
    const [input, weight, ...bias] = node.inputs as [string, string, ...string[]];
    const [kernel, stride] = [integersOf(node, 'kernel_shape'), integersOf(node, 'strides')];
    const [, ...padding] = integersOf(node, 'pads').slice(0, 3);
    const outputs = this.weightShapes.get(weight)![0]!;
    const to = size.map((voxels, axis) => Math.ceil(voxels / stride[axis]!)) as unknown as Size;
    addSliceConvolution(this.builder, {
      ...{ name, input, output, weight, bias, inputs: channels, outputs, from: size, to },
      kernel: kernel as unknown as Size,
      strideDepth: stride[0]!,
      attributes: {
        kernel_shape: { integers: kernel.slice(1) },
        strides: { integers: stride.slice(1) },
        pads: { integers: [...padding, ...padding] },
      },
    });
    return { channels: outputs, size: to };
  }

  /** Kernel and stride are the same; the slices that one becomes are channels first. */
  private upsampling(node: GraphNode, { channels, size }: Stack, output: string): Stack {
    const { builder } = this;
    const { name } = node;
    const [input, weight, ...bias] = node.inputs as [string, string, ...string[]];
    const stride = integersOf(node, 'strides');
    const [factor, ...flat] = stride as [number, number, number];
    const outputs = this.weightShapes.get(weight)![1]!;
    const turned = builder.transpose(`${name}.turned`, weight, depthFirst);
    const kernels = builder.reshape(`${name}.kernels`, turned, [channels, factor * outputs, ...flat]);
    const biases = bias.map((one) =>
      builder.node('Concat', `${name}.biases`, new Array<string>(factor).fill(one), { axis: { integer: 0 } }),
    );
    const larger = builder.node('ConvTranspose', `${name}.larger`, [input, kernels, ...biases], window(flat));
    const to = size.map((voxels, axis) => voxels * stride[axis]!) as unknown as Size;
    builder.reshape(`${name}.slices`, larger, [-1, outputs, to[1], to[2]], output);
    return { channels: outputs, size: to };
  }

  /** Over whole volumes. */
  private normalisation(node: GraphNode, stack: Stack, output: string): Stack {
    const { builder } = this;
    const { name } = node;
    const [depth, height, width] = stack.size;
    const [input, ...affine] = node.inputs as [string, ...string[]];
    const samples = builder.reshape(`${name}.samples`, input, [-1, depth, stack.channels, height * width]);
    const volumes = builder.transpose(`${name}.volumes`, samples, [0, 2, 1, 3]);
    const normal = builder.node('InstanceNormalization', `${name}.normal`, [volumes, ...affine], node.attributes);
    this.toSlices(normal, stack, output);
    return stack;
  }

  /** Window and stride are the same. */
  private pooling(node: GraphNode, { channels, size }: Stack, output: string): Stack {
    const { builder } = this;
    const { name } = node;
    const stride = integersOf(node, 'strides');
    const [factor, ...flat] = stride as [number, number, number];
    const to = size.map((voxels, axis) => voxels / stride[axis]!) as unknown as Size;
    const pooled = builder.node('AveragePool', `${name}.flat`, node.inputs, window(flat));
    const groups = builder.reshape(`${name}.groups`, pooled, [-1, factor, channels * to[1] * to[2]]);
    const mean = builder.node('ReduceMean', `${name}.mean`, [groups], { axes: { integers: [1] } });
    builder.reshape(`${name}.slices`, mean, [-1, channels, to[1], to[2]], output);
    return { channels, size: to };
  }

  /** A volume (sample, channel, z, …) as slices. */
  private toSlices(volume: string, { channels, size }: Stack, output: string): void {
    const [depth, height, width] = size;
    const rows = this.builder.reshape(`${output}.rows`, volume, [-1, channels, depth, height * width]);
    const turned = this.builder.transpose(`${output}.turned`, rows, [0, 2, 1, 3]);
    this.builder.reshape(`${output}.slices`, turned, [-1, channels, height, width], output);
  }
}

function window(sizes: readonly number[]) {
  return { kernel_shape: { integers: sizes }, strides: { integers: sizes } };
}
