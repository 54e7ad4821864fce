/**
 * Stores the large weights in half precision: half the file, the same speed. The network computes in float32: runtimes turn
 * the weights back when they load the model.
 */
import { bytesOf, type Graph, type GraphNode, type Weight } from './graph';
import { halfOfFloat } from './tensorValues';

/** Below this a weight's size does not matter: biases and normalisations stay exact. */
const smallestCount = 256;

export function withHalfWeights(graph: Graph): Graph {
  const casts: GraphNode[] = [];
  const weights = graph.weights.map((weight): Weight => {
    const count = weight.shape.reduce((product, size) => product * size, 1);
    if (weight.type !== 'float32' || weight.shape.length < 2 || count < smallestCount) return weight;
    const name = `${weight.name}.half`;
    casts.push({
      operator: 'Cast',
      name: `${weight.name}.cast`,
      inputs: [name],
      outputs: [weight.name],
      attributes: { to: { integer: 1 } },
    });
    return { name, type: 'float16', shape: weight.shape, read: async () => halves(await weight.read()) };
  });
  return { ...graph, weights, nodes: [...casts, ...graph.nodes] };
}

function halves(bytes: Uint8Array): Uint8Array {
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return bytesOf(Uint16Array.from(floats, halfOfFloat));
}
