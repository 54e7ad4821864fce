/** Walks through the fields of a protobuf file where it lies: nothing is loaded but what is asked for. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { FileHandle } from 'node:fs/promises';
import { readFully } from '../../storage/fileBytes';

export interface Field {
  number: number;
  wireType: WireType;
  /** Where the value's bytes lie in the file; of texts, lists and messages without their length. */
  start: number;
  end: number;
  /** Of a whole number. */
  value?: number;
}

/** Bytes that are no protobuf, or so many parts that reading them would take for ever. */
export class ProtobufDamage extends Error {}

const windowBytes = 256 * 1024;
/** A tag and a length or number have at most ten bytes each. */
const headBytes = 20;
/** A file of 2 GB could be made of a thousand million empty fields. */
const mostParts = 300_000;

export class ProtobufFile {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;
  private reader = new BinaryReader(this.window);
  private partsLeft = mostParts;

  constructor(
    private readonly handle: FileHandle,
    readonly bytes: number,
  ) {}

  /** @throws ProtobufDamage */
  async *fields(start = 0, end = this.bytes): AsyncGenerator<Field> {
    for (let at = start; at < end;) {
      this.spend();
      // Waiting for each of very many small fields would take many times longer than reading them.
      if (!this.holds(at, Math.min(headBytes, this.bytes - at))) await this.moveWindow(at);
      const field = this.fieldAt(at);
      if (field.end > end) throw new ProtobufDamage('it is cut off, or a part is longer than the whole');
      yield field;
      at = field.end;
    }
  }

  /** Counts what is read, here and in messages that others take apart. @throws ProtobufDamage where it is too much */
  spend(): void {
    if (this.partsLeft-- === 0) throw new ProtobufDamage(`it has more than ${mostParts} parts`);
  }

  /** Of a text, list or message. @throws ProtobufDamage where it has more than `most` bytes */
  async value({ start, end, wireType }: Field, most: number): Promise<Uint8Array> {
    if (wireType !== WireType.LengthDelimited) throw new ProtobufDamage('a number stands where a text belongs');
    if (end - start > most) throw new ProtobufDamage(`a text or list has ${end - start} bytes`);
    if (end - start > windowBytes) return this.load(start, end - start);
    if (!this.holds(start, end - start)) await this.moveWindow(start);
    return this.window.subarray(start - this.windowStart, end - this.windowStart);
  }

  async text(field: Field, most: number): Promise<string> {
    return new TextDecoder().decode(await this.value(field, most));
  }

  number({ value }: Field): number {
    if (value === undefined) throw new ProtobufDamage('there is no number where one belongs');
    return value;
  }

  private holds(start: number, length: number): boolean {
    const offset = start - this.windowStart;
    return offset >= 0 && offset + length <= this.window.length;
  }

  private async moveWindow(start: number): Promise<void> {
    this.window = await this.load(start, Math.min(windowBytes, this.bytes - start));
    this.windowStart = start;
    this.reader = new BinaryReader(this.window);
  }

  private async load(start: number, length: number): Promise<Uint8Array> {
    const target = new Uint8Array(length);
    if (!(await readFully(this.handle, target, start))) throw new ProtobufDamage('it is cut off');
    return target;
  }

  /** Within the window. */
  private fieldAt(position: number): Field {
    const { reader, windowStart } = this;
    return decode(() => {
      reader.pos = position - windowStart;
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited) {
        const length = reader.uint32();
        const start = windowStart + reader.pos;
        return { number, wireType, start, end: start + length };
      }
      const start = windowStart + reader.pos;
      if (wireType === WireType.Varint) {
        const value = Number(reader.int64());
        return { number, wireType, start, end: windowStart + reader.pos, value };
      }
      const bytes = fixedBytes[wireType];
      if (bytes === undefined) throw new RangeError(`wire type ${wireType}`);
      return { number, wireType, start, end: start + bytes };
    });
  }
}

const fixedBytes: Partial<Record<WireType, number>> = { [WireType.Bit32]: 4, [WireType.Bit64]: 8 };

/** Whatever the decoder says about bytes that are none of its format. */
export function decode<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ProtobufDamage('it is no protobuf', { cause: error });
  }
}
