/**
 * Reads Python pickles (protocols 2 to 5) as plain data. A pickle is a program for a stack machine that may call any Python
 * function; here it may only name what pickleGlobals.ts lists, and nothing is ever run.
 */
import { EngineError } from '../method/errors';
import { broken, build, call, findGlobal, integer, storageReference, unsafe } from './pickleGlobals';
import { Tuple, tuple, type PickleValue } from './pickleValues';

const maxDepth = 200;
/** Values after all shared parts are counted as often as they occur: a bomb of references has 2^n. */
const maxValues = 20_000_000;

interface PickleOptions {
  /** Tensors may refer to storages beside the pickle, as in a .pth. */
  storages?: boolean;
}

/** The value that a pickle describes. Throws EngineError `unsafe-pickle`, `unsupported-pickle` or `broken-pickle`. */
export function readPickle(bytes: Uint8Array, options: PickleOptions = {}): PickleValue {
  const value = new Machine(bytes, options).run();
  checkExtent(value, new Map(), new Set(), 0);
  return value;
}

class Machine {
  private readonly view: DataView;
  private position = 0;
  private stack: PickleValue[] = [];
  /** Stacks below the open marks. */
  private readonly below: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly bytes: Uint8Array,
    private readonly options: PickleOptions,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    if (this.bytes[0] !== 0x80) throw broken('it does not begin like a pickle of protocol 2 or later');
    for (;;) {
      const code = this.byte();
      if (code === 0x2e) break; // STOP
      this.step(code);
    }
    if (this.below.length > 0) throw broken('an open mark at the end');
    return this.pop();
  }

  private step(code: number): void {
    switch (code) {
      case 0x80: // PROTO
        if (this.byte() > 5) throw broken('a protocol later than 5');
        return;
      case 0x95: // FRAME
        this.size64();
        return;
      case 0x4e: // NONE
        return this.push(null);
      case 0x88: // NEWTRUE
        return this.push(true);
      case 0x89: // NEWFALSE
        return this.push(false);
      case 0x4b: // BININT1
        return this.push(this.byte());
      case 0x4d: // BININT2
        return this.push(this.view.getUint16(this.skip(2), true));
      case 0x4a: // BININT
        return this.push(this.view.getInt32(this.skip(4), true));
      case 0x8a: // LONG1
        return this.push(this.long(this.byte()));
      case 0x8b: // LONG4
        return this.push(this.long(this.size32()));
      case 0x47: // BINFLOAT
        return this.push(this.view.getFloat64(this.skip(8), false));
      case 0x8c: // SHORT_BINUNICODE
        return this.push(this.text(this.byte()));
      case 0x58: // BINUNICODE
        return this.push(this.text(this.size32()));
      case 0x8d: // BINUNICODE8
        return this.push(this.text(this.size64()));
      case 0x43: // SHORT_BINBYTES
        return this.push(this.slice(this.byte()));
      case 0x42: // BINBYTES
        return this.push(this.slice(this.size32()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.push(this.slice(this.size64()));
      case 0x5d: // EMPTY_LIST
        return this.push([]);
      case 0x7d: // EMPTY_DICT
        return this.push(new Map());
      case 0x29: // EMPTY_TUPLE
        return this.push(tuple());
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.push(tuple(...this.popMany(code - 0x84)));
      case 0x28: // MARK
        if (this.below.length >= maxDepth) throw broken('too many open marks');
        this.below.push(this.stack);
        this.stack = [];
        return;
      case 0x74: // TUPLE
        return this.push(Tuple.from(this.popMark()) as Tuple);
      case 0x6c: // LIST
        return this.push(this.popMark());
      case 0x64: // DICT
        return this.push(setItems(new Map(), this.popMark()));
      case 0x61: // APPEND
        return this.append([this.pop()]);
      case 0x65: // APPENDS
        return this.append(this.popMark());
      case 0x73: {
        const items = this.popMany(2); // SETITEM
        setItems(this.stack.at(-1), items);
        return;
      }
      case 0x75: {
        const items = this.popMark(); // SETITEMS
        setItems(this.stack.at(-1), items);
        return;
      }
      case 0x30: // POP
        if (this.stack.length > 0) this.pop();
        else this.popMark();
        return;
      case 0x31: // POP_MARK
        this.popMark();
        return;
      case 0x32: // DUP
        return this.push(this.top());
      case 0x71: // BINPUT
        return this.remember(this.byte());
      case 0x72: // LONG_BINPUT
        return this.remember(this.size32());
      case 0x94: // MEMOIZE
        return this.remember(this.memo.size);
      case 0x68: // BINGET
        return this.recall(this.byte());
      case 0x6a: // LONG_BINGET
        return this.recall(this.size32());
      case 0x63: // GLOBAL
        return this.push(findGlobal(this.line(), this.line()));
      case 0x93: {
        const [module, name] = this.popMany(2); // STACK_GLOBAL
        if (typeof module !== 'string' || typeof name !== 'string') throw broken('a name that is no text');
        return this.push(findGlobal(module, name));
      }
      case 0x52: {
        const [callable, args] = this.popMany(2); // REDUCE
        return this.push(call(callable!, args!));
      }
      case 0x62: {
        const [object, state] = this.popMany(2); // BUILD
        build(object!, state!);
        return this.push(object!);
      }
      case 0x51: // BINPERSID
        if (!this.options.storages) throw unsafe('data outside the pickle');
        return this.push(storageReference(this.pop()));
    }
    const name = refused[code];
    if (name) throw unsafe(`the operation ${name}`);
    throw broken(`unknown operation 0x${code.toString(16)} at byte ${this.position - 1}`);
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }
  private top(): PickleValue {
    if (this.stack.length === 0) throw broken('an empty stack');
    return this.stack.at(-1)!;
  }
  private pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }
  private popMany(count: number): PickleValue[] {
    if (this.stack.length < count) throw broken('an empty stack');
    return this.stack.splice(this.stack.length - count, count);
  }
  private popMark(): PickleValue[] {
    const items = this.stack;
    const below = this.below.pop();
    if (!below) throw broken('a missing mark');
    this.stack = below;
    return items;
  }
  private append(items: PickleValue[]): void {
    const target = this.top();
    if (!Array.isArray(target) || target instanceof Tuple) throw broken('items for something that is no list');
    for (const item of items) target.push(item);
  }
  private remember(index: number): void {
    this.memo.set(index, this.top());
  }
  private recall(index: number): void {
    if (!this.memo.has(index)) throw broken('a reference to nothing');
    this.push(this.memo.get(index)!);
  }

  /** Moves on by `length` bytes and returns where they begin. */
  private skip(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) throw broken('it ends too early');
    this.position += length;
    return start;
  }
  private byte(): number {
    return this.bytes[this.skip(1)]!;
  }
  private size32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  private size64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }
  private slice(length: number): Uint8Array {
    const start = this.skip(length);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }
  private text(length: number): string {
    return Buffer.from(this.slice(length)).toString('utf8');
  }
  /** A name up to the end of the line. */
  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0 || end - this.position > 1000) throw broken('a name without end');
    const text = this.text(end - this.position);
    this.skip(1);
    return text;
  }
  /** A whole number in two's complement, little endian. */
  private long(length: number): number | bigint {
    if (length > 64) throw broken('a number of more than 64 bytes');
    let value = 0n;
    for (const byte of this.slice(length).toReversed()) value = (value << 8n) | BigInt(byte);
    return integer(BigInt.asIntN(length * 8, value));
  }
}

/** Operations that make objects of any class, or refer to what is outside. */
const refused: Record<number, string> = {
  0x50: 'PERSID',
  0x69: 'INST',
  0x6f: 'OBJ',
  0x81: 'NEWOBJ',
  0x92: 'NEWOBJ_EX',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};

function setItems(target: PickleValue | undefined, items: PickleValue[]): Map<PickleValue, PickleValue> {
  if (!(target instanceof Map) || items.length % 2 !== 0) throw broken('entries for something that is no dictionary');
  for (let index = 0; index < items.length; index += 2) target.set(items[index]!, items[index + 1]!);
  return target;
}

/** How many values `value` unfolds to; refuses cycles, depth and bombs, so that every reader may walk it recursively. */
function checkExtent(value: PickleValue, known: Map<object, number>, open: Set<object>, depth: number): number {
  if (!Array.isArray(value) && !(value instanceof Map)) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  if (open.has(value)) throw broken('a value that contains itself');
  if (depth > maxDepth) throw broken(`values nested more than ${maxDepth} deep`);
  open.add(value);
  let extent = 1;
  for (const item of Array.isArray(value) ? value : [...value.keys(), ...value.values()]) {
    extent += checkExtent(item, known, open, depth + 1);
    if (extent > maxValues) {
      throw new EngineError('broken-pickle', `The pickle unfolds to more than ${maxValues} values`, {
        hint: 'This is no file of nnU-Net.',
      });
    }
  }
  open.delete(value);
  known.set(value, extent);
  return extent;
}
