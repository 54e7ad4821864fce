/** Writes a graph as an .onnx file; the weights pass through one at a time, so that memory holds one of them. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { writeWhole } from '../../storage/atomicFile';
import { writeFully } from '../../storage/fileBytes';
import { InferenceError } from '../inferenceError';
import type { Attribute, Graph, GraphNode, GraphValue, Weight } from './graph';
import {
  attributeField,
  attributeType,
  dimensionField,
  elementBytes,
  elementNumbers,
  entryField,
  graphField,
  modelField,
  nodeField,
  operatorSetField,
  shapeField,
  tensorField,
  tensorTypeField,
  typeField,
  valueField,
} from './onnxSchema';

interface ModelHeader {
  operatorSet: number;
  producer?: string;
  producerVersion?: string;
  documentation?: string;
  metadata?: Record<string, string>;
}

/** Of ONNX 1.12, the first with operator set 17. */
const irVersion = 8;
/** Protobuf's limit; runtimes refuse more. */
const mostBytes = 2 ** 31 - 1;

/** @throws InferenceError `model-too-large` before anything is written; StorageError */
export async function writeOnnx(file: string, header: ModelHeader, graph: Graph): Promise<{ bytes: number }> {
  const { bytes, parts } = encoded(header, graph);
  if (bytes > mostBytes) throw tooLarge(file, bytes);
  await writeWhole(file, async (handle) => {
    let position = 0;
    for await (const part of parts()) {
      await writeFully(handle, part, position);
      position += part.length;
    }
  });
  return { bytes };
}

/** The file's bytes, for a runtime in this process. */
export async function onnxBytes(header: ModelHeader, graph: Graph): Promise<Uint8Array> {
  const { bytes, parts } = encoded(header, graph);
  const target = new Uint8Array(bytes);
  let position = 0;
  for await (const part of parts()) {
    target.set(part, position);
    position += part.length;
  }
  return target;
}

function encoded(header: ModelHeader, graph: Graph): { bytes: number; parts(): AsyncGenerator<Uint8Array> } {
  const weights = graph.weights.map((weight) => ({ weight, head: weightHead(weight) }));
  const before = graphStart(graph);
  const weightsBytes = weights.reduce((sum, { weight, head }) => sum + head.length + weightBytes(weight), 0);
  const graphBytes = before.length + weightsBytes;
  const start = modelStart(header, graphBytes);
  return {
    bytes: start.length + graphBytes,
    async *parts() {
      yield start;
      yield before;
      for (const { weight, head } of weights) {
        yield head;
        const values = await weight.read();
        if (values.length !== weightBytes(weight)) throw new RangeError(`${weight.name}: ${values.length} bytes`);
        yield values;
      }
    },
  };
}

function tooLarge(file: string, bytes: number): InferenceError {
  return new InferenceError('model-too-large', `The file would have ${(bytes / 1e9).toFixed(1)} GB; ONNX allows 2`, {
    where: file,
    hint: 'Export fewer folds, each fold into a file of its own, or with --precision fp16.',
  });
}

/** Everything up to the graph: the metadata come first, so that readers find them at once. */
function modelStart(header: ModelHeader, graphBytes: number): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, modelField.irVersion, irVersion);
  text(writer, modelField.producerName, header.producer ?? '');
  text(writer, modelField.producerVersion, header.producerVersion ?? '');
  text(writer, modelField.documentation, header.documentation ?? '');
  message(writer, modelField.operatorSets, () => integer(writer, operatorSetField.version, header.operatorSet));
  for (const [key, value] of Object.entries(header.metadata ?? {})) {
    message(writer, modelField.metadata, () => {
      text(writer, entryField.key, key);
      text(writer, entryField.value, value);
    });
  }
  return writer.tag(modelField.graph, WireType.LengthDelimited).uint32(graphBytes).finish();
}

/** The graph up to its weights. */
function graphStart({ name, nodes, input, output, innerOutputs = [] }: Graph): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, graphField.name, name);
  value(writer, graphField.input, input);
  value(writer, graphField.output, output);
  for (const inner of innerOutputs) value(writer, graphField.output, { name: inner });
  for (const one of nodes) node(writer, one);
  return writer.finish();
}

function node(writer: BinaryWriter, { operator, name, inputs, outputs, attributes }: GraphNode): void {
  message(writer, graphField.node, () => {
    for (const input of inputs) text(writer, nodeField.input, input);
    for (const output of outputs) text(writer, nodeField.output, output);
    text(writer, nodeField.name, name);
    text(writer, nodeField.operator, operator);
    for (const [key, entry] of Object.entries(attributes)) attribute(writer, key, entry);
  });
}

function attribute(writer: BinaryWriter, name: string, entry: Attribute): void {
  message(writer, nodeField.attribute, () => {
    text(writer, attributeField.name, name);
    if ('float' in entry) {
      writer.tag(attributeField.float, WireType.Bit32).float(entry.float);
      integer(writer, attributeField.type, attributeType.float);
    } else if ('integer' in entry) {
      integer(writer, attributeField.integer, entry.integer);
      integer(writer, attributeField.type, attributeType.integer);
    } else if ('text' in entry) {
      text(writer, attributeField.text, entry.text);
      integer(writer, attributeField.type, attributeType.text);
    } else {
      for (const one of entry.integers) integer(writer, attributeField.integers, one);
      integer(writer, attributeField.type, attributeType.integers);
    }
  });
}

function value(
  writer: BinaryWriter,
  field: number,
  { name, shape }: Pick<GraphValue, 'name'> & Partial<GraphValue>,
): void {
  message(writer, field, () => {
    text(writer, valueField.name, name);
    message(writer, valueField.type, () =>
      message(writer, typeField.tensor, () => {
        integer(writer, tensorTypeField.element, elementNumbers.float32);
        if (!shape) return;
        message(writer, tensorTypeField.shape, () => {
          for (const size of shape) {
            message(writer, shapeField.dimension, () => {
              if (typeof size === 'number') integer(writer, dimensionField.size, size);
              else text(writer, dimensionField.name, size);
            });
          }
        });
      }),
    );
  });
}

/** A weight's message up to its values. */
function weightHead(weight: Weight): Uint8Array {
  const inner = new BinaryWriter();
  for (const size of weight.shape) integer(inner, tensorField.sizes, size);
  integer(inner, tensorField.type, elementNumbers[weight.type]);
  text(inner, tensorField.name, weight.name);
  inner.tag(tensorField.bytes, WireType.LengthDelimited).uint32(weightBytes(weight));
  const head = inner.finish();
  const length = head.length + weightBytes(weight);
  return new BinaryWriter().tag(graphField.initializer, WireType.LengthDelimited).uint32(length).raw(head).finish();
}

function weightBytes({ type, shape }: Weight): number {
  return shape.reduce((product, size) => product * size, elementBytes[type]);
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function text(writer: BinaryWriter, field: number, words: string): void {
  writer.tag(field, WireType.LengthDelimited).string(words);
}

function integer(writer: BinaryWriter, field: number, whole: number): void {
  writer.tag(field, WireType.Varint).int64(whole);
}
