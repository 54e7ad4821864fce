/** An ONNX graph while it is made: nodes in the order they run, and weights that are fetched when they are written. */
import type { ElementType } from './onnxSchema';

export type Attribute = { float: number } | { integer: number } | { integers: readonly number[] } | { text: string };

export interface GraphNode {
  operator: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

/** Bytes are little endian, row-major. */
export interface Weight {
  name: string;
  type: ElementType;
  shape: readonly number[];
  read(): Promise<Uint8Array>;
}

export interface GraphValue {
  name: string;
  /** Sizes; names are sizes that vary. */
  shape: readonly (number | string)[];
}

export interface Graph {
  name: string;
  nodes: GraphNode[];
  weights: Weight[];
  input: GraphValue;
  output: GraphValue;
  /** Inner results that are given out too, for calibration. */
  innerOutputs?: readonly string[];
}

/** Adds nodes one after the other; each returns the name of its result. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly weights: Weight[] = [];

  node(
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    output = `${name}.out`,
  ): string {
    this.nodes.push({ operator, name, inputs: [...inputs], outputs: [output], attributes });
    return output;
  }

  weight(
    name: string,
    shape: readonly number[],
    read: () => Promise<Uint8Array>,
    type: ElementType = 'float32',
  ): string {
    this.weights.push({ name, type, shape, read });
    return name;
  }

  floats(name: string, values: readonly number[]): string {
    return this.weight(name, [values.length], async () => bytesOf(Float32Array.from(values)));
  }
}

export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
