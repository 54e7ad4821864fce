/**
 * Static quantisation: convolutions with 8-bit activations, whose ranges were seen on calibration images, and weights in 7 of 8
 * bits (a scale for each output channel): processors without VNNI add two products in 16 bits, and with all 8 bits the sum would
 * be cut off. In ONNX's QDQ form, which runtimes turn into integer kernels where they have them.
 * The first convolution and the head, which see the image and make the logits, stay exact, as do the upsamplings.
 */
import { bytesOf, GraphBuilder, type Graph, type GraphNode, type Weight } from './graph';

export interface Range {
  low: number;
  high: number;
}

/** The tensors whose ranges `withInt8` needs. */
export function quantisedTensors(graph: Graph): string[] {
  const convolutions = graph.nodes.filter((node) => isQuantised(graph, node));
  return [...new Set(convolutions.flatMap(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]))];
}

function isQuantised(graph: Graph, { operator, inputs, name }: GraphNode): boolean {
  return operator === 'Conv' && inputs[0] !== graph.input.name && !name.includes('seg_layers');
}

export function withInt8(graph: Graph, ranges: ReadonlyMap<string, Range>): Graph {
  const builder = new GraphBuilder();
  const weights = new Map(graph.weights.map((weight) => [weight.name, weight]));
  const quantised = new Map<string, string>();
  const activation = (name: string): { scale: number; zero: number } => scaleOf(ranges.get(name)!);
  /** Through 8 bits and back. */
  const rounded = (name: string, source = name): string => {
    const known = quantised.get(name);
    if (known !== undefined) return known;
    const { scale, zero } = activation(name);
    const parameters = [builder.weight(`${name}.scale`, [], async () => bytesOf(Float32Array.of(scale)))];
    parameters.push(builder.weight(`${name}.zero`, [], async () => Uint8Array.of(zero), 'uint8'));
    const bits = builder.node('QuantizeLinear', `${name}.quantised`, [source, ...parameters]);
    const result = builder.node('DequantizeLinear', `${name}.rounded`, [bits, ...parameters]);
    quantised.set(name, result);
    return result;
  };
  for (const node of graph.nodes) {
    if (!isQuantised(graph, node)) {
      builder.nodes.push(node);
      continue;
    }
    const [input, kernelName, biasName] = node.inputs as [string, string, string?];
    const [kernel, bias] = [weights.get(kernelName)!, biasName === undefined ? undefined : weights.get(biasName)!];
    const inputs = [rounded(input), quantisedKernel(builder, kernel)];
    weights.delete(kernelName);
    if (bias) {
      inputs.push(quantisedBias(builder, bias, kernel, activation(input).scale));
      weights.delete(bias.name);
    }
    const [output] = node.outputs as [string];
    const exact = `${output}.exact`;
    builder.nodes.push({ ...node, inputs, outputs: [exact] });
    rounded(output, exact);
  }
  // Whoever reads the result of a quantised convolution reads it rounded.
  const nodes = builder.nodes.map((node) => {
    if (node.operator === 'QuantizeLinear') return node;
    return { ...node, inputs: node.inputs.map((name) => convolutionResult(graph, name, quantised) ?? name) };
  });
  return { ...graph, nodes, weights: [...weights.values(), ...builder.weights] };
}

function convolutionResult(graph: Graph, name: string, quantised: ReadonlyMap<string, string>): string | undefined {
  const isResult = graph.nodes.some((node) => node.outputs[0] === name && isQuantised(graph, node));
  return isResult ? quantised.get(name) : undefined;
}

/** Zero must be a whole step: padding is zero. */
function scaleOf({ low, high }: Range): { scale: number; zero: number } {
  const [least, most] = [Math.min(0, low), Math.max(0, high)];
  const scale = Math.max((most - least) / 255, 1e-12);
  return { scale: Math.fround(scale), zero: Math.round(-least / scale) };
}

const perChannel = { axis: { integer: 0 } };

function quantisedKernel(builder: GraphBuilder, kernel: Weight): string {
  const { name, shape } = kernel;
  const scale = builder.weight(`${name}.scale`, [shape[0]!], async () =>
    bytesOf(channelScales(await floats(kernel), shape)),
  );
  const bits = builder.weight(
    `${name}.int8`,
    shape,
    async () => {
      const values = await floats(kernel);
      const scales = channelScales(values, shape);
      const size = values.length / shape[0]!;
      return bytesOf(Int8Array.from(values, (value, at) => Math.round(value / scales[Math.floor(at / size)]!)));
    },
    'int8',
  );
  return builder.node('DequantizeLinear', `${name}.rounded`, [bits, scale], perChannel);
}

function quantisedBias(builder: GraphBuilder, bias: Weight, kernel: Weight, inputScale: number): string {
  const scales = async (): Promise<Float32Array> =>
    channelScales(await floats(kernel), kernel.shape).map((scale) => scale * inputScale);
  const scale = builder.weight(`${bias.name}.scale`, bias.shape, async () => bytesOf(await scales()));
  const bits = builder.weight(
    `${bias.name}.int32`,
    bias.shape,
    async () => {
      const [values, steps] = await Promise.all([floats(bias), scales()]);
      return bytesOf(Int32Array.from(values, (value, channel) => clampInt32(Math.round(value / steps[channel]!))));
    },
    'int32',
  );
  return builder.node('DequantizeLinear', `${bias.name}.rounded`, [bits, scale], perChannel);
}

function clampInt32(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
}

/** Twice this times 255 fits into 16 bits. */
const largestWeight = 64;

/** The largest weight of each output channel becomes `largestWeight`. */
function channelScales(values: Float32Array, shape: readonly number[]): Float32Array {
  const size = values.length / shape[0]!;
  return Float32Array.from({ length: shape[0]! }, (_, channel) => {
    let largest = 0;
    for (let at = channel * size; at < (channel + 1) * size; at++) largest = Math.max(largest, Math.abs(values[at]!));
    return Math.max(largest, 1e-12) / largestWeight;
  });
}

async function floats(weight: Weight): Promise<Float32Array> {
  const bytes = await weight.read();
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
