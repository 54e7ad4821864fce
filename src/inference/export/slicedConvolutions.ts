/**
 * Computes 3D convolutions slice by slice, as sums of 2D ones: ONNX Runtime has direct kernels for 2D convolutions on
 * processors, but unfolds 3D ones into matrices first. The logits stay the same. What the kernels save is partly lost again to
 * copying: a patch of 40x56x40 took 262 ms instead of 325 ms on two idle cores with AVX-512; a busy machine gained nothing.
 *
 * The slices of a volume are laid below each other in one tall image, with zero rows between them, so that a 2D kernel never
 * sees two slices at once. A kernel of three slices then is the sum of three convolutions of three such images, each shifted by
 * one slice.
 */
import { GraphBuilder, type Graph, type GraphNode, type Weight } from './graph';

/** Volumes are (sample, channel, z, y, x). */
const depthAxis = 2;
const rowAxis = 3;
/** ONNX's "to the end". */
const end = 2 ** 31 - 1;

export function withSlicedConvolutions(graph: Graph): Graph {
  const weights = new Map(graph.weights.map((weight) => [weight.name, weight]));
  const builder = new GraphBuilder();
  for (const node of graph.nodes) {
    const kernel = node.operator === 'Conv' ? integersOf(node, 'kernel_shape') : [];
    if (kernel.length === 3 && kernel.some((size) => size > 1)) slice(builder, node, weights);
    else builder.nodes.push(node);
  }
  return { ...graph, nodes: builder.nodes, weights: [...weights.values(), ...builder.weights] };
}

function slice(builder: GraphBuilder, node: GraphNode, weights: Map<string, Weight>): void {
  const [input, kernelName, ...bias] = node.inputs as [string, string];
  const [kernelDepth, ...kernel] = integersOf(node, 'kernel_shape') as [number, number, number];
  const [strideDepth, ...stride] = integersOf(node, 'strides') as [number, number, number];
  const [paddingDepth, ...padding] = integersOf(node, 'pads') as [number, number, number];
  const flatPadding = padding.slice(0, 2);
  const name = node.name;
  // Whole strides, so that every slice begins at the same place of the pattern.
  const separator = Math.ceil(flatPadding[0]! / stride[0]!) * stride[0]!;

  const padded = pad(builder, `${name}.pad`, input, paddingDepth, separator);
  const width = builder.node('Shape', `${name}.width`, [input], { start: { integer: 4 }, end: { integer: 5 } });
  const tall = builder.node('Concat', `${name}.tall`, [whole(builder, `${name}.rest`, [0, 0, -1]), width], {
    axis: { integer: 0 },
  });
  const depthSlices = splitKernel(builder, weights, kernelName, kernelDepth);
  let sum = '';
  let firstWindow = '';
  depthSlices.forEach((weight, offset) => {
    const last = -(2 * paddingDepth - offset) - strideDepth + 1;
    const isAll = kernelDepth === 1 && strideDepth === 1;
    const window = isAll
      ? padded
      : sliced(builder, `${name}.${offset}.window`, padded, depthAxis, [offset, last === 0 ? end : last, strideDepth]);
    firstWindow ||= window;
    const image = builder.node('Reshape', `${name}.${offset}.image`, [window, tall]);
    const part = builder.node('Conv', `${name}.${offset}`, [image, weight, ...(offset === 0 ? bias : [])], {
      kernel_shape: { integers: kernel },
      strides: { integers: stride },
      pads: { integers: [...flatPadding, ...flatPadding] },
    });
    sum = sum === '' ? part : builder.node('Add', `${name}.${offset}.sum`, [sum, part]);
  });
  unstack(builder, node, { sum, window: firstWindow, separator: separator / stride[0]! });
}

/** Zero slices before and behind the volume, and zero rows behind each slice. */
function pad(builder: GraphBuilder, name: string, input: string, depth: number, rows: number): string {
  if (depth === 0 && rows === 0) return input;
  return builder.node('Pad', name, [
    input,
    whole(builder, `${name}.amounts`, [0, 0, depth, 0, 0, 0, 0, depth, rows, 0]),
  ]);
}

/** The tall image as a volume again, without the rows between the slices. */
function unstack(
  builder: GraphBuilder,
  { name, outputs }: GraphNode,
  { sum, window, separator }: { sum: string; window: string; separator: number },
): void {
  const depth = builder.node('Shape', `${name}.depth`, [window], { start: { integer: 2 }, end: { integer: 3 } });
  const width = builder.node('Shape', `${name}.out.width`, [sum], { start: { integer: 3 }, end: { integer: 4 } });
  const [same, rows] = [whole(builder, `${name}.same`, [0, 0]), whole(builder, `${name}.rows`, [-1])];
  const shape = builder.node('Concat', `${name}.shape`, [same, depth, rows, width], { axis: { integer: 0 } });
  if (separator === 0) {
    builder.node('Reshape', `${name}.volume`, [sum, shape], {}, outputs[0]);
    return;
  }
  const volume = builder.node('Reshape', `${name}.volume`, [sum, shape]);
  sliced(builder, `${name}.crop`, volume, rowAxis, [0, -separator, 1], outputs[0]);
}

function sliced(
  builder: GraphBuilder,
  name: string,
  input: string,
  axis: number,
  [from, to, step]: [number, number, number],
  output?: string,
): string {
  const values = { starts: from, ends: to, axes: axis, steps: step };
  const inputs = Object.entries(values).map(([key, value]) => whole(builder, `${name}.${key}`, [value]));
  return builder.node('Slice', name, [input, ...inputs], {}, output);
}

/** The kernel's slices, each a weight of its own. */
function splitKernel(builder: GraphBuilder, weights: Map<string, Weight>, name: string, depth: number): string[] {
  const weight = weights.get(name)!;
  weights.delete(name);
  const [outputs, inputs, , rows, columns] = weight.shape as [number, number, number, number, number];
  const area = rows * columns;
  return Array.from({ length: depth }, (_, slice) =>
    builder.weight(`${name}.${slice}`, [outputs, inputs, rows, columns], async () => {
      const bytes = await weight.read();
      const values = new Uint8Array(bytes.length / depth);
      const step = area * 4;
      for (let from = slice * step, to = 0; to < values.length; from += depth * step, to += step) {
        values.set(bytes.subarray(from, from + step), to);
      }
      return values;
    }),
  );
}

function whole(builder: GraphBuilder, name: string, values: readonly number[]): string {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return builder.weight(name, [values.length], async () => bytes, 'int64');
}

function integersOf({ attributes }: GraphNode, name: string): number[] {
  const entry = attributes[name];
  return entry && 'integers' in entry ? [...entry.integers] : [];
}
