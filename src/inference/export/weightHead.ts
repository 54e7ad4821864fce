/** What an .onnx file says of a weight, and where its values lie in the file. */
import { WireType } from '@bufbuild/protobuf/wire';
import { elementType, externalPlace, tensorField, type ElementType } from './onnxSchema';
import type { Field, ProtobufFile } from './protobufFile';
import { packedNumbers, requireMessage } from './protobufMessage';

interface WeightHead {
  name: string;
  /** undefined: of a type this program does not know. */
  type: ElementType | undefined;
  shape: number[];
  /** Values as raw bytes; undefined where they are stored in another way. */
  values: Field | undefined;
  /** In a file beside the model. */
  isElsewhere: boolean;
}

const mostNameBytes = 64 * 1024;

/** @throws ProtobufDamage */
export async function readWeightHead(protobuf: ProtobufFile, field: Field): Promise<WeightHead> {
  requireMessage(field);
  const head: WeightHead = { name: '', type: undefined, shape: [], values: undefined, isElsewhere: false };
  for await (const part of protobuf.fields(field.start, field.end)) {
    if (part.number === tensorField.sizes) head.shape.push(...(await sizes(protobuf, part)));
    else if (part.number === tensorField.type) head.type = elementType(protobuf.number(part));
    else if (part.number === tensorField.name) head.name = await protobuf.text(part, mostNameBytes);
    else if (part.number === tensorField.bytes) head.values = part;
    else if (part.number === tensorField.place) head.isElsewhere = protobuf.number(part) === externalPlace;
  }
  return head;
}

/** One at a time, or packed. */
async function sizes(protobuf: ProtobufFile, field: Field): Promise<number[]> {
  if (field.wireType === WireType.Varint) return [protobuf.number(field)];
  return packedNumbers(await protobuf.value(field, mostNameBytes), () => protobuf.spend());
}
