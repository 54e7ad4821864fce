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

  integers(name: string, values: readonly number[]): string {
    return this.weight(name, [values.length], async () => bytesOf(BigInt64Array.from(values, BigInt)), 'int64');
  }

  matrix(name: string, rows: readonly (readonly number[])[]): string {
    const shape = [rows.length, rows[0]!.length];
    return this.weight(name, shape, async () => bytesOf(Float32Array.from(rows.flat())));
  }

  /** @param shape  -1 for one size that follows from the others */
  reshape(name: string, input: string, shape: readonly number[], output?: string): string {
    return this.node('Reshape', name, [input, this.integers(`${name}.shape`, shape)], {}, output);
  }

  transpose(name: string, input: string, order: readonly number[], output?: string): string {
    return this.node('Transpose', name, [input], { perm: { integers: order } }, output);
  }

  /** From `from` up to `to`, without it. */
  slice(name: string, input: string, axis: number, from: number, to: number): string {
    const bounds = { from, to, axis };
    const inputs = Object.entries(bounds).map(([key, value]) => this.integers(`${name}.${key}`, [value]));
    return this.node('Slice', name, [input, ...inputs]);
  }

  /** Zeros; of a negative amount, less. @param before,behind  for each axis */
  pad(name: string, input: string, before: readonly number[], behind: readonly number[]): string {
    return this.node('Pad', name, [input, this.integers(`${name}.amounts`, [...before, ...behind])]);
  }
}

/** Of a list of whole numbers; empty where the node has none. */
export function integersOf({ attributes }: GraphNode, name: string): number[] {
  const entry = attributes[name];
  return entry && 'integers' in entry ? [...entry.integers] : [];
}

export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
