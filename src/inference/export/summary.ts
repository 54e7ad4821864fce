/** What an .onnx file is, without its weights: inputs, outputs, operators, metadata and size, whoever made it. */
import { withFile } from '../../storage/fileBytes';
import { InferenceError } from '../inferenceError';
import {
  dimensionField,
  elementBytes,
  elementType,
  entryField,
  graphField,
  modelField,
  nodeField,
  operatorSetField,
  shapeField,
  tensorTypeField,
  typeField,
  valueField,
  type ElementType,
} from './onnxSchema';
import { ProtobufDamage, ProtobufFile, type Field } from './protobufFile';
import { MessageFields, requireMessage } from './protobufMessage';
import { readWeightHead } from './weightHead';

export interface OnnxValue {
  name: string;
  /** undefined: no tensor, or of a type this program does not know. */
  type?: ElementType;
  /** Sizes, or the names of those that vary ("" without one). */
  shape: (number | string)[];
}

export interface OnnxSummary {
  file: string;
  bytes: number;
  irVersion: number;
  /** Versions of the operator sets by domain; "" is ONNX's own. */
  operatorSets: Record<string, number>;
  producer: string;
  producerVersion: string;
  documentation: string;
  graphName: string;
  metadata: Record<string, string>;
  /** What the caller gives; weights that older files list among the inputs are left out. */
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** How often each operator occurs. */
  operators: Record<string, number>;
  /** Numbers in all weights, and what they take by their types. */
  weights: number;
  weightBytes: number;
  weightTypes: ElementType[];
  /** Weights lie in files beside it. */
  hasExternalWeights: boolean;
}

const mostTextBytes = 16 * 2 ** 20;
const mostTextsBytes = 64 * 2 ** 20;
const mostNameBytes = 64 * 1024;
const mostMessageBytes = 2 ** 20;

/** @throws InferenceError `model-damaged`; StorageError for what the disk refuses */
export async function readOnnxSummary(file: string): Promise<OnnxSummary> {
  try {
    return await withFile(file, (handle, bytes) => new SummaryReader(file, new ProtobufFile(handle, bytes)).read());
  } catch (error) {
    if (!(error instanceof ProtobufDamage)) throw error;
    throw new InferenceError('model-damaged', `This is no ONNX model: ${error.message}`, {
      where: file,
      hint: 'Copy it again from where it came from, or export it again.',
      cause: error,
    });
  }
}

class SummaryReader {
  private readonly summary: OnnxSummary;
  private textBytes = 0;
  private hasGraph = false;
  private readonly weightNames = new Set<string>();

  constructor(
    file: string,
    private readonly protobuf: ProtobufFile,
  ) {
    this.summary = {
      file,
      bytes: protobuf.bytes,
      irVersion: 0,
      operatorSets: {},
      producer: '',
      producerVersion: '',
      documentation: '',
      graphName: '',
      metadata: {},
      inputs: [],
      outputs: [],
      operators: {},
      weights: 0,
      weightBytes: 0,
      weightTypes: [],
      hasExternalWeights: false,
    };
  }

  async read(): Promise<OnnxSummary> {
    const { summary } = this;
    for await (const field of this.protobuf.fields()) await this.model(field);
    if (summary.irVersion === 0 || !this.hasGraph) throw new ProtobufDamage('it has no graph');
    summary.inputs = summary.inputs.filter(({ name }) => !this.weightNames.has(name));
    return summary;
  }

  private async model(field: Field): Promise<void> {
    const { summary, protobuf } = this;
    switch (field.number) {
      case modelField.irVersion:
        summary.irVersion = protobuf.number(field);
        break;
      case modelField.producerName:
        summary.producer = await this.text(field);
        break;
      case modelField.producerVersion:
        summary.producerVersion = await this.text(field);
        break;
      case modelField.documentation:
        summary.documentation = await this.text(field);
        break;
      case modelField.operatorSets: {
        const set = await this.message(field, mostNameBytes);
        summary.operatorSets[set.text(operatorSetField.domain)] = set.number(operatorSetField.version);
        break;
      }
      case modelField.metadata: {
        const entry = await this.message(field, mostTextBytes);
        Object.defineProperty(summary.metadata, entry.text(entryField.key), {
          value: entry.text(entryField.value),
          enumerable: true,
          configurable: true,
        });
        break;
      }
      case modelField.graph:
        requireMessage(field);
        this.hasGraph = true;
        for await (const part of protobuf.fields(field.start, field.end)) await this.graph(part);
    }
  }

  private async graph(field: Field): Promise<void> {
    const { summary } = this;
    switch (field.number) {
      case graphField.name:
        summary.graphName = await this.text(field);
        break;
      case graphField.node:
        await this.node(field);
        break;
      case graphField.initializer:
        await this.weight(field);
        break;
      case graphField.input:
        summary.inputs.push(valueOf(await this.message(field, mostMessageBytes)));
        break;
      case graphField.output:
        summary.outputs.push(valueOf(await this.message(field, mostMessageBytes)));
    }
  }

  /** Only the operator: constants among the nodes can be large. */
  private async node(field: Field): Promise<void> {
    requireMessage(field);
    const { operators } = this.summary;
    for await (const part of this.protobuf.fields(field.start, field.end)) {
      if (part.number !== nodeField.operator) continue;
      const operator = await this.text(part, 256);
      operators[operator] = (Object.hasOwn(operators, operator) ? operators[operator]! : 0) + 1;
    }
  }

  private async weight(field: Field): Promise<void> {
    const { summary, protobuf } = this;
    const { name, type, shape, isElsewhere } = await readWeightHead(protobuf, field);
    this.weightNames.add(name);
    if (isElsewhere) summary.hasExternalWeights = true;
    const count = shape.reduce((product, size) => product * size, 1);
    if (!Number.isSafeInteger(count) || count < 0) throw new ProtobufDamage('a weight has an impossible size');
    summary.weights += count;
    summary.weightBytes += count * (type ? elementBytes[type] : 0);
    if (type && !summary.weightTypes.includes(type)) summary.weightTypes.push(type);
  }

  private async message(field: Field, most: number): Promise<MessageFields> {
    this.count(field);
    return new MessageFields(await this.protobuf.value(field, most), () => this.protobuf.spend());
  }

  private async text(field: Field, most = mostTextBytes): Promise<string> {
    this.count(field);
    return this.protobuf.text(field, most);
  }

  private count({ start, end }: Field): void {
    this.textBytes += end - start;
    if (this.textBytes > mostTextsBytes) throw new ProtobufDamage('its texts are too long');
  }
}

/** Of an input or output. */
export function valueOf(value: MessageFields): OnnxValue {
  const tensor = value.messages(valueField.type).at(-1)?.messages(typeField.tensor).at(-1);
  const dimensions = tensor?.messages(tensorTypeField.shape).at(-1)?.messages(shapeField.dimension) ?? [];
  return {
    name: value.text(valueField.name),
    type: tensor && elementType(tensor.number(tensorTypeField.element)),
    shape: dimensions.map((one) =>
      one.has(dimensionField.size) ? one.number(dimensionField.size) : one.text(dimensionField.name),
    ),
  };
}
