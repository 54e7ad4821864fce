/** A small protobuf message in memory. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { decode, ProtobufDamage, type Field } from './protobufFile';

export function requireMessage({ wireType }: Field): void {
  if (wireType !== WireType.LengthDelimited) throw new ProtobufDamage('a number stands where a message belongs');
}

/** The fields of a small message. */
export class MessageFields {
  private readonly values = new Map<number, (Uint8Array | number)[]>();

  /** @param spend counts what is read, and ends it where it is too much */
  constructor(
    bytes: Uint8Array,
    private readonly spend: () => void,
  ) {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      spend();
      decode(() => this.take(reader));
    }
  }

  private take(reader: BinaryReader): void {
    const [number, wireType] = reader.tag();
    const values = this.values.get(number) ?? [];
    if (wireType === WireType.Varint) values.push(Number(reader.int64()));
    else if (wireType === WireType.LengthDelimited) values.push(reader.bytes());
    else if (wireType === WireType.Bit32) values.push(reader.float());
    else reader.skip(wireType, number);
    this.values.set(number, values);
  }

  number(field: number): number {
    const value = this.values.get(field)?.at(-1);
    return typeof value === 'number' ? value : 0;
  }

  text(field: number): string {
    const value = this.values.get(field)?.at(-1);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
  }

  texts(field: number): string[] {
    return this.bytes(field).map((bytes) => new TextDecoder().decode(bytes));
  }

  /** Of a repeated number: one at a time, or packed. */
  integers(field: number): number[] {
    return (this.values.get(field) ?? []).flatMap((value) =>
      typeof value === 'number' ? [value] : packedNumbers(value, this.spend),
    );
  }

  has(field: number): boolean {
    return this.values.has(field);
  }

  messages(field: number): MessageFields[] {
    return this.bytes(field).map((bytes) => new MessageFields(bytes, this.spend));
  }

  private bytes(field: number): Uint8Array[] {
    return (this.values.get(field) ?? []).filter((value) => value instanceof Uint8Array);
  }
}

/** Whole numbers that follow each other. @param spend  see MessageFields */
export function packedNumbers(bytes: Uint8Array, spend: () => void): number[] {
  const reader = new BinaryReader(bytes);
  const numbers: number[] = [];
  while (reader.pos < reader.len) {
    spend();
    numbers.push(decode(() => Number(reader.int64())));
  }
  return numbers;
}
