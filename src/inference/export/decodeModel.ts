/** The graph of an .onnx file that was exported here; its weights stay in the file until they are read. */
import { countElements } from '../../method/countElements';
import type { Attribute, Graph, GraphNode, GraphValue, Weight } from './graph';
import { attributeField, attributeType, elementBytes, graphField, modelField, nodeField } from './onnxSchema';
import type { Field, ProtobufFile } from './protobufFile';
import { MessageFields, requireMessage } from './protobufMessage';
import { valueOf } from './summary';
import { readWeightHead } from './weightHead';

/** Of a node or value: names and a few numbers. */
const mostPartBytes = 64 * 1024;

/**
 * @returns undefined where the file holds what the exporter does not write
 * @throws ProtobufDamage
 */
export async function readGraph(protobuf: ProtobufFile): Promise<Graph | undefined> {
  const nodes: GraphNode[] = [];
  const weights: Weight[] = [];
  const values: Record<number, GraphValue[]> = { [graphField.input]: [], [graphField.output]: [] };
  let name = '';
  for await (const part of partsOfGraph(protobuf)) {
    if (part.number === graphField.name) name = await protobuf.text(part, mostPartBytes);
    else if (part.number === graphField.node) {
      const node = nodeOf(await message(protobuf, part));
      if (!node) return undefined;
      nodes.push(node);
    } else if (part.number === graphField.initializer) {
      const weight = await weightOf(protobuf, part);
      if (!weight) return undefined;
      weights.push(weight);
    } else if (part.number in values) values[part.number]!.push(valueOf(await message(protobuf, part)));
  }
  const [[input, secondInput], [output, secondOutput]] = [values[graphField.input]!, values[graphField.output]!];
  if (!input || !output || secondInput || secondOutput) return undefined;
  return { name, nodes, weights, input, output };
}

async function* partsOfGraph(protobuf: ProtobufFile): AsyncGenerator<Field> {
  for await (const field of protobuf.fields()) {
    if (field.number !== modelField.graph) continue;
    requireMessage(field);
    yield* protobuf.fields(field.start, field.end);
  }
}

async function message(protobuf: ProtobufFile, field: Field): Promise<MessageFields> {
  return new MessageFields(await protobuf.value(field, mostPartBytes), () => protobuf.spend());
}

function nodeOf(node: MessageFields): GraphNode | undefined {
  const attributes: Record<string, Attribute> = {};
  for (const entry of node.messages(nodeField.attribute)) {
    const attribute = attributeOf(entry);
    if (!attribute) return undefined;
    attributes[entry.text(attributeField.name)] = attribute;
  }
  if (node.text(nodeField.domain) !== '') return undefined;
  return {
    operator: node.text(nodeField.operator),
    name: node.text(nodeField.name),
    inputs: node.texts(nodeField.input),
    outputs: node.texts(nodeField.output),
    attributes,
  };
}

function attributeOf(entry: MessageFields): Attribute | undefined {
  switch (entry.number(attributeField.type)) {
    case attributeType.float:
      return { float: entry.number(attributeField.float) };
    case attributeType.integer:
      return { integer: entry.number(attributeField.integer) };
    case attributeType.integers:
      return { integers: entry.integers(attributeField.integers) };
    case attributeType.text:
      return { text: entry.text(attributeField.text) };
    default:
      return undefined;
  }
}

async function weightOf(protobuf: ProtobufFile, field: Field): Promise<Weight | undefined> {
  const { name, type, shape, values, isElsewhere } = await readWeightHead(protobuf, field);
  if (!type || !values || isElsewhere) return undefined;
  const bytes = (countElements(shape) ?? Infinity) * elementBytes[type];
  if (values.end - values.start !== bytes) return undefined;
  return { name, type, shape, read: () => protobuf.value(values, bytes) };
}
