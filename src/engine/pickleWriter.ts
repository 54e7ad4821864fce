/** Writes Python pickles from plain values: protocol 2, as torch.save does, or 3 where bytes occur. */
import {
  NumpyArray,
  OrderedDict,
  PickleFloat,
  PickleGlobal,
  StorageReference,
  TensorReference,
  TorchDevice,
  Tuple,
  storageClasses,
  type PickleValue,
} from './pickleValues';

const mark = 0x28;

/** The pickle of `value`. Whole numbers become int, others float; wrap in PickleFloat where Python expects a float. */
export function writePickle(value: PickleValue, protocol: 2 | 3 = 3): Buffer {
  const writer = new Writer(protocol);
  writer.value(value);
  return writer.finish();
}

class Writer {
  private readonly parts: Buffer[] = [];

  constructor(private readonly protocol: 2 | 3) {
    this.bytes(0x80, protocol);
  }

  finish(): Buffer {
    this.bytes(0x2e);
    return Buffer.concat(this.parts);
  }

  value(value: PickleValue): void {
    if (value === null) return this.bytes(0x4e);
    if (typeof value === 'boolean') return this.bytes(value ? 0x88 : 0x89);
    if (typeof value === 'number') return this.number(value);
    if (typeof value === 'bigint') return this.long(value);
    if (typeof value === 'string') return this.text(value);
    if (value instanceof PickleFloat) return this.float(value.value);
    if (value instanceof Uint8Array) return this.blob(value);
    if (value instanceof Tuple) return this.tuple(value);
    if (Array.isArray(value)) return this.list(value);
    if (value instanceof OrderedDict) return this.orderedDict(value);
    if (value instanceof Map) return this.dict([...value]);
    if (value instanceof PickleGlobal) return this.global(value.module, value.name);
    if (value instanceof TorchDevice) return this.device(value);
    if (value instanceof NumpyArray) return this.array(value);
    if (value instanceof StorageReference) return this.storage(value);
    if (value instanceof TensorReference) return this.tensor(value);
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError('a value that has no pickle form');
    this.dict(Object.entries(value).filter(([, item]) => item !== undefined) as [PickleValue, PickleValue][]);
  }

  private bytes(...bytes: number[]): void {
    this.parts.push(Buffer.from(bytes));
  }

  private number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return this.float(value);
    if (value >= 0 && value < 256) return this.bytes(0x4b, value);
    if (value !== (value | 0)) return this.long(BigInt(value));
    const buffer = Buffer.alloc(5, 0x4a);
    buffer.writeInt32LE(value, 1);
    this.parts.push(buffer);
  }

  private long(value: bigint): void {
    let length = 1;
    while (BigInt.asIntN(length * 8, value) !== value) length++;
    const bytes = Array.from({ length }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
    this.bytes(0x8a, length, ...bytes);
  }

  private float(value: number): void {
    const buffer = Buffer.alloc(9, 0x47);
    buffer.writeDoubleBE(value, 1);
    this.parts.push(buffer);
  }

  private text(value: string): void {
    const text = Buffer.from(value, 'utf8');
    this.sized(0x58, text);
  }

  private blob(value: Uint8Array): void {
    if (this.protocol < 3) throw new TypeError('bytes need protocol 3');
    this.sized(0x42, value);
  }

  private sized(code: number, bytes: Uint8Array): void {
    const head = Buffer.alloc(5, code);
    head.writeUInt32LE(bytes.length, 1);
    this.parts.push(head, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  private tuple(items: readonly PickleValue[]): void {
    if (items.length === 0) return this.bytes(0x29);
    if (items.length > 3) this.bytes(mark);
    items.forEach((item) => this.value(item));
    this.bytes(items.length > 3 ? 0x74 : 0x84 + items.length);
  }

  private list(items: readonly PickleValue[]): void {
    this.bytes(0x5d);
    if (items.length === 0) return;
    this.bytes(mark);
    items.forEach((item) => this.value(item));
    this.bytes(0x65);
  }

  private dict(entries: [PickleValue, PickleValue][]): void {
    this.bytes(0x7d);
    this.entries(entries);
  }

  private orderedDict(value: OrderedDict): void {
    this.reduce('collections', 'OrderedDict');
    this.entries([...value]);
  }

  private entries(entries: [PickleValue, PickleValue][]): void {
    if (entries.length === 0) return;
    this.bytes(mark);
    for (const [key, item] of entries) {
      this.value(key);
      this.value(item);
    }
    this.bytes(0x75);
  }

  private global(module: string, name: string): void {
    this.parts.push(Buffer.from(`c${module}\n${name}\n`, 'utf8'));
  }

  /** `module.name(*args)` */
  private reduce(module: string, name: string, ...args: PickleValue[]): void {
    this.global(module, name);
    this.tuple(args);
    this.bytes(0x52);
  }

  private device(value: TorchDevice): void {
    if (value.index === undefined) this.reduce('torch', 'device', value.type);
    else this.reduce('torch', 'device', value.type, value.index);
  }

  private storage(value: StorageReference): void {
    const type = new PickleGlobal('torch', storageClasses[value.dtype]);
    this.tuple(['storage', type, value.key, value.location, value.elements]);
    this.bytes(0x51);
  }

  private tensor(value: TensorReference): void {
    const [shape, strides] = [value.shape, value.strides].map((sizes) => Tuple.from(sizes) as Tuple);
    this.reduce(
      'torch._utils',
      '_rebuild_tensor_v2',
      ...[value.storage, value.offset, shape!, strides!, false, new OrderedDict()],
    );
  }

  /** As numpy 1 and 2 both read it. */
  private array(value: NumpyArray): void {
    const [order, code] = [value.description[0]!, value.description.slice(1)];
    this.reduce(
      'numpy.core.multiarray',
      '_reconstruct',
      new PickleGlobal('numpy', 'ndarray'),
      intTuple([0]),
      blobOf('b'),
    );
    this.bytes(mark);
    this.value(1);
    this.value(intTuple(value.shape));
    this.reduce('numpy', 'dtype', code, false, true);
    this.value(Tuple.from([3, order, null, null, null, -1, -1, 0]) as Tuple);
    this.bytes(0x62);
    this.value(value.fortranOrder);
    this.value(value.bytes);
    this.bytes(0x74, 0x62);
  }
}

function intTuple(sizes: readonly number[]): Tuple {
  return Tuple.from(sizes) as Tuple;
}

function blobOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
