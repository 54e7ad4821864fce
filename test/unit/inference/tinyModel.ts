/** Writes small .onnx files by hand, byte by byte: also such as no exporter would write. */
import { writeFileSync } from 'node:fs';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** One protobuf field: a number, a text, bytes or a nested message. */
function field(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

const message = (...fields: (Buffer | undefined)[]): Buffer => Buffer.concat(fields.filter((one) => one !== undefined));

export interface TensorOptions {
  external?: string;
  /** Sizes that are written instead of the true ones. */
  dims?: number[];
}

export function floats(name: string, dims: number[], values: readonly number[], options: TensorOptions = {}): Buffer {
  const data = Buffer.from(Float32Array.from(values).buffer);
  const location =
    options.external === undefined ? undefined : message(field(1, 'location'), field(2, options.external));
  return message(
    ...(options.dims ?? dims).map((size) => field(1, size)),
    field(2, 1),
    field(8, name),
    location ? message(field(13, location), field(14, 1)) : field(9, data),
  );
}

export function integers(name: string, values: readonly number[]): Buffer {
  const data = Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer);
  return message(field(1, values.length), field(2, 7), field(8, name), field(9, data));
}

export function node(
  type: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, number[]> = {},
): Buffer {
  return message(
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, type),
    ...Object.entries(attributes).map(([name, values]) =>
      field(5, message(field(1, name), ...values.map((value) => field(8, value)), field(20, 7))),
    ),
  );
}

/** A float32 tensor; texts are sizes that vary. */
export function value(name: string, dims: (number | string)[]): Buffer {
  const sizes = dims.map((size) => field(1, typeof size === 'number' ? field(1, size) : field(2, size)));
  return message(field(1, name), field(2, field(1, message(field(1, 1), field(2, message(...sizes))))));
}

export interface ModelParts {
  nodes: Buffer[];
  initializers: Buffer[];
  inputs: Buffer[];
  outputs: Buffer[];
  metadata?: unknown;
}

export function writeModel(file: string, { nodes, initializers, inputs, outputs, metadata }: ModelParts): string {
  const graph = message(
    ...nodes.map((one) => field(1, one)),
    field(2, 'graph'),
    ...initializers.map((one) => field(5, one)),
    ...inputs.map((one) => field(11, one)),
    ...outputs.map((one) => field(12, one)),
  );
  const bytes = message(
    field(1, 8),
    field(7, graph),
    field(8, field(2, 17)),
    metadata === undefined ? undefined : field(14, message(field(1, 'nnunet'), field(2, JSON.stringify(metadata)))),
  );
  writeFileSync(file, bytes);
  return file;
}

const free3 = ['z', 'y', 'x'];

/** Logits of each head are a weighted sum of the channels. @param weights (heads, channels) */
export function pointwise(
  file: string,
  weights: number[][],
  metadata?: unknown,
  { rank = 5, bias = weights.map(() => 0) }: { rank?: number; bias?: number[] } = {},
): string {
  const [heads, channels] = [weights.length, weights[0]!.length];
  const ones = Array.from({ length: rank - 2 }, () => 1);
  const free = free3.slice(5 - rank);
  return writeModel(file, {
    nodes: [node('Conv', ['image', 'w', 'b'], ['logits'])],
    initializers: [floats('w', [heads, channels, ...ones], weights.flat()), floats('b', [heads], bias)],
    inputs: [value('image', ['batch', channels, ...free])],
    outputs: [value('logits', ['batch', heads, ...free])],
    metadata,
  });
}
