/** Four ways to compute a 3D convolution by 2D ones over slices; see sliceLayers.ts. */
import { depthFiltering } from './depthFiltering';
import type { Attribute, GraphBuilder } from './graph';

/** A layer with its input and output as stacks of slices (sample * z, channel, y, x). */
interface SliceConvolution {
  name: string;
  input: string;
  output: string;
  /** Kernels (output channel, input channel, z, y, x). */
  weight: string;
  /** None or one. */
  bias: string[];
  inputs: number;
  outputs: number;
  /** (z, y, x) of the input and of the output. */
  from: readonly [number, number, number];
  to: readonly [number, number, number];
  /** (z, y, x) */
  kernel: readonly [number, number, number];
  strideDepth: number;
  /** Of the 2D convolutions. */
  attributes: Record<string, Attribute>;
}

/** ONNX Runtime has kernels of their own for so many input channels. */
const fewChannels = 15;
/** Axes (a, b, z, y, x) with z before b, or back. */
export const depthFirst = [0, 2, 1, 3, 4];

export function addSliceConvolution(builder: GraphBuilder, layer: SliceConvolution): void {
  const isThin = 3 * layer.inputs <= fewChannels;
  if (layer.kernel[0] === 1) ofOneSlice(builder, layer);
  else if (layer.strideDepth === 2) ofPairs(builder, layer);
  else if (isThin) ofNeighbours(builder, layer);
  else filtered(builder, layer);
}

function ofOneSlice(builder: GraphBuilder, layer: SliceConvolution): void {
  const { name, weight, bias, inputs, outputs, attributes, output } = layer;
  const [, ...kernel] = layer.kernel;
  const kernels = builder.reshape(`${name}.kernels`, weight, [outputs, inputs, ...kernel]);
  builder.node('Conv', name, [everySlice(builder, layer), kernels, ...bias], attributes, output);
}

/** Those that the stride does not leave out. */
function everySlice(builder: GraphBuilder, { name, input, inputs, from, strideDepth }: SliceConvolution): string {
  if (strideDepth === 1) return input;
  const [depth, height, width] = from;
  const groupShape = [-1, depth / strideDepth, strideDepth, inputs * height * width];
  const groups = builder.reshape(`${name}.groups`, input, groupShape);
  const firsts = builder.slice(`${name}.firsts`, groups, 2, 0, 1);
  return builder.reshape(`${name}.strided`, firsts, [-1, inputs, height, width]);
}

/** Over few channels: each slice with the one before and the one behind as channels. */
function ofNeighbours(builder: GraphBuilder, layer: SliceConvolution): void {
  const { name, input, weight, bias, inputs, outputs, attributes, output } = layer;
  const [depth, height, width] = layer.from;
  const [, ...kernel] = layer.kernel;
  const samples = builder.reshape(`${name}.samples`, input, [-1, depth, 1, inputs * height * width]);
  const padded = builder.pad(`${name}.padded`, samples, [0, 1, 0, 0], [0, 1, 0, 0]);
  const views = [0, 1, 2].map((first) => builder.slice(`${name}.view${first}`, padded, 1, first, first + depth));
  const stacked = builder.node('Concat', `${name}.stacked`, views, { axis: { integer: 2 } });
  const images = builder.reshape(`${name}.images`, stacked, [-1, 3 * inputs, height, width]);
  const turned = builder.transpose(`${name}.turned`, weight, depthFirst);
  const kernels = builder.reshape(`${name}.kernels`, turned, [outputs, 3 * inputs, ...kernel]);
  builder.node('Conv', name, [images, kernels, ...bias], attributes, output);
}

/** Stride 2: result d sees the pair of slices 2d and 2d + 1, and the second slice of the pair before. */
function ofPairs(builder: GraphBuilder, layer: SliceConvolution): void {
  const { name, input, weight, bias, inputs, outputs, attributes, output } = layer;
  const [depth, height, width] = layer.from;
  const [, ...kernel] = layer.kernel;
  const pairs = builder.reshape(`${name}.pairs`, input, [-1, 2 * inputs, height, width]);
  const pairWeight = builder.slice(`${name}.pair.weight`, weight, 2, 1, 3);
  const pairTurned = builder.transpose(`${name}.pair.turned`, pairWeight, depthFirst);
  const pairKernels = builder.reshape(`${name}.pair.kernels`, pairTurned, [outputs, 2 * inputs, ...kernel]);
  const ofPair = builder.node('Conv', `${name}.pair`, [pairs, pairKernels, ...bias], attributes);

  const samples = builder.reshape(`${name}.samples`, input, [-1, depth / 2, 2, inputs * height * width]);
  const seconds = builder.slice(`${name}.seconds`, samples, 2, 1, 2);
  const shifted = builder.pad(`${name}.shifted`, seconds, [0, 1, 0, 0], [0, -1, 0, 0]);
  const before = builder.reshape(`${name}.before`, shifted, [-1, inputs, height, width]);
  const beforeWeight = builder.slice(`${name}.before.weight`, weight, 2, 0, 1);
  const beforeKernels = builder.reshape(`${name}.before.kernels`, beforeWeight, [outputs, inputs, ...kernel]);
  const ofBefore = builder.node('Conv', `${name}.of.before`, [before, beforeKernels], attributes);
  builder.node('Add', `${name}.sum`, [ofBefore, ofPair], {}, output);
}

/** Fewer products: slices are mixed before and behind one convolution with a group for each point of the filtering. */
function filtered(builder: GraphBuilder, layer: SliceConvolution): void {
  const { name, input, bias, inputs, outputs, output } = layer;
  const [depth, height, width] = layer.from;
  const [, outHeight, outWidth] = layer.to;
  const { points, ...filtering } = depthFiltering(depth);
  const samples = builder.reshape(`${name}.samples`, input, [-1, depth, inputs * height * width]);
  const mix = builder.matrix(`${name}.mix`, filtering.input);
  const mixed = builder.node('MatMul', `${name}.mixed`, [mix, samples]);
  const images = builder.reshape(`${name}.images`, mixed, [-1, points * inputs, height, width]);
  const kernels = filteredKernels(builder, layer, filtering.kernel);
  // A constant at point 1 comes into every result once.
  const biases = bias.map((one) => builder.pad(`${name}.bias`, one, [outputs], [(points - 2) * outputs]));
  const attributes = { ...layer.attributes, group: { integer: points } };
  const products = builder.node('Conv', `${name}.products`, [images, kernels, ...biases], attributes);
  const unmix = builder.matrix(`${name}.unmix`, filtering.output);
  const area = outputs * outHeight * outWidth;
  const rows = builder.reshape(`${name}.rows`, products, [-1, filtering.output[0]!.length, area]);
  const results = builder.node('MatMul', `${name}.results`, [unmix, rows]);
  builder.reshape(`${name}.slices`, results, [-1, outputs, outHeight, outWidth], output);
}

/** Of constants alone: ONNX Runtime computes them once, when it opens the model. */
function filteredKernels(
  builder: GraphBuilder,
  { name, weight, inputs, outputs, kernel }: SliceConvolution,
  transform: readonly (readonly number[])[],
): string {
  const [, height, width] = kernel;
  const points = transform.length;
  const taps = builder.reshape(`${name}.taps`, weight, [outputs * inputs, 3, height * width]);
  const matrix = builder.matrix(`${name}.transform`, transform);
  const transformed = builder.node('MatMul', `${name}.transformed`, [matrix, taps]);
  const apart = builder.reshape(`${name}.apart`, transformed, [outputs, inputs, points, height, width]);
  const grouped = builder.transpose(`${name}.grouped`, apart, [2, 0, 1, 3, 4]);
  return builder.reshape(`${name}.kernels`, grouped, [points * outputs, inputs, height, width]);
}
