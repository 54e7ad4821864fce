/** What a Python pickle may hold here: plain data, arrays, and references to tensors that lie elsewhere. */
import { objectInOrder } from '../method/jsonWrittenForm';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleFloat
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | NumpyArray
  | NumpyDtype
  | TensorReference
  | StorageReference
  | TorchDevice
  | PickleGlobal
  | { [key: string]: PickleValue };

/** A Python tuple; lists are plain arrays. */
export class Tuple extends Array<PickleValue> {}

/** Builds a tuple; `new Tuple(3)` would be three holes. */
export function tuple(...items: PickleValue[]): Tuple {
  return Tuple.from(items) as Tuple;
}

/** collections.OrderedDict, the type of a torch state dict. */
export class OrderedDict extends Map<PickleValue, PickleValue> {}

/** A number that is to be written as a Python float even when it is whole. The reader gives plain numbers. */
export class PickleFloat {
  constructor(readonly value: number) {}
}

/** A Python class or function by name. It is never called. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An element type, as "f8" or "i2", with its byte order. */
export class NumpyDtype {
  byteOrder: '<' | '>' | '|' = '|';
  constructor(readonly code: string) {}
  get itemBytes(): number {
    return Number(this.code.slice(1));
  }
  /** As in a .npy header, for example "<f8". */
  get description(): string {
    return (this.itemBytes === 1 ? '|' : this.byteOrder) + this.code;
  }
}

/** A numpy array with its bytes as stored. */
export class NumpyArray {
  constructor(
    /** Element type as in a .npy header, for example "<i8". */
    public description = '|b1',
    public shape: number[] = [0],
    public bytes: Uint8Array = new Uint8Array(0),
    public fortranOrder = false,
  ) {}
}

export type TensorDtype =
  'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

export const tensorItemBytes: Record<TensorDtype, number> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Names of torch's storage classes. */
export const storageClasses: Record<TensorDtype, string> = {
  float32: 'FloatStorage',
  float64: 'DoubleStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** A block of elements in the file's `data/<key>` entry; several tensors may share it. */
export class StorageReference {
  constructor(
    readonly key: string,
    readonly dtype: TensorDtype,
    readonly elements: number,
    readonly location = 'cpu',
  ) {}
}

/** A view into a storage; offset and strides count elements. */
export class TensorReference {
  constructor(
    readonly storage: StorageReference,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
  get dtype(): TensorDtype {
    return this.storage.dtype;
  }
  get elements(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }
}

export class TorchDevice {
  constructor(
    readonly type: string,
    readonly index?: number,
  ) {}
}

/** Strides of a contiguous row-major array, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= Math.max(1, shape[axis]!);
  }
  return strides;
}

/**
 * Maps become objects that remember their order, tuples lists, tuple keys "(1, 2)" as Python prints them, and numbers stay; for JSON.
 * Arrays, tensors and classes are left out (null): they have no JSON form.
 */
export function toPlain(value: PickleValue): unknown {
  if (value instanceof Map) {
    return objectInOrder([...value].map(([key, item]) => [plainKey(key), toPlain(item)] as const));
  }
  if (Array.isArray(value)) return Array.from(value, toPlain);
  if (value instanceof PickleFloat) return value.value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' ? null : value;
}

function plainKey(key: PickleValue): string {
  if (Array.isArray(key)) return `(${key.map(plainKey).join(', ')}${key.length === 1 ? ',' : ''})`;
  return String(key);
}
