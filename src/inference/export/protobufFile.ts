/** Walks through the fields of a protobuf file where it lies: nothing is loaded but what is asked for. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { FileHandle } from 'node:fs/promises';
import { readFully } from '../../engine/fileBytes';

export interface Field {
  number: number;
  wireType: WireType;
  /** Where the value's bytes lie in the file; of texts, lists and messages without their length. */
  start: number;
  end: number;
}

/** Bytes that are no protobuf, or so many parts that reading them would take for ever. */
export class ProtobufDamage extends Error {}

const windowBytes = 256 * 1024;
/** A tag and a length or number have at most ten bytes each. */
const headBytes = 20;
/** A file of 2 GB could be made of a thousand million empty fields. */
const mostFields = 300_000;

export class ProtobufFile {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  private fieldsLeft = mostFields;

  constructor(
    private readonly handle: FileHandle,
    readonly bytes: number,
  ) {}

  /** @throws ProtobufDamage */
  async *fields(start = 0, end = this.bytes): AsyncGenerator<Field> {
    for (let at = start; at < end;) {
      if (this.fieldsLeft-- === 0) throw new ProtobufDamage(`it has more than ${mostFields} parts`);
      const field = fieldAt(await this.read(at, Math.min(headBytes, end - at)), at);
      if (field.end > end) throw new ProtobufDamage('it is cut off, or a part is longer than the whole');
      yield field;
      at = field.end;
    }
  }

  /** Of a text, list or message. @throws ProtobufDamage where it has more than `most` bytes */
  async value({ start, end, wireType }: Field, most: number): Promise<Uint8Array> {
    if (wireType !== WireType.LengthDelimited) throw new ProtobufDamage('a number stands where a text belongs');
    if (end - start > most) throw new ProtobufDamage(`a text or list has ${end - start} bytes`);
    return this.read(start, end - start);
  }

  async text(field: Field, most: number): Promise<string> {
    return new TextDecoder().decode(await this.value(field, most));
  }

  async number({ start, end, wireType }: Field): Promise<number> {
    if (wireType !== WireType.Varint) throw new ProtobufDamage('there is no number where one belongs');
    const bytes = await this.read(start, end - start);
    return decode(() => Number(new BinaryReader(bytes).int64()));
  }

  private async read(start: number, length: number): Promise<Uint8Array> {
    const offset = start - this.windowStart;
    if (offset >= 0 && offset + length <= this.window.length) return this.window.subarray(offset, offset + length);
    if (length > windowBytes) return this.load(start, length);
    this.window = await this.load(start, Math.min(windowBytes, this.bytes - start));
    this.windowStart = start;
    return this.window.subarray(0, length);
  }

  private async load(start: number, length: number): Promise<Uint8Array> {
    const target = new Uint8Array(length);
    if (!(await readFully(this.handle, target, start))) throw new ProtobufDamage('it is cut off');
    return target;
  }
}

const fixedBytes: Partial<Record<WireType, number>> = { [WireType.Bit32]: 4, [WireType.Bit64]: 8 };

function fieldAt(head: Uint8Array, position: number): Field {
  return decode(() => {
    const reader = new BinaryReader(head);
    const [number, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) {
      const length = reader.uint32();
      return { number, wireType, start: position + reader.pos, end: position + reader.pos + length };
    }
    const start = position + reader.pos;
    if (wireType === WireType.Varint) {
      reader.uint64();
      return { number, wireType, start, end: position + reader.pos };
    }
    const bytes = fixedBytes[wireType];
    if (bytes === undefined) throw new RangeError(`wire type ${wireType}`);
    return { number, wireType, start, end: start + bytes };
  });
}

/** Whatever the decoder says about bytes that are none of its format. */
export function decode<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ProtobufDamage('it is no protobuf', { cause: error });
  }
}
