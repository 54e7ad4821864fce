/** Which Python names may occur in a pickle, and what they stand for. Nothing of Python is run: each has its own few lines. */
import { countElements } from '../method/countElements';
import { EngineError } from '../method/errors';
import {
  NumpyArray,
  NumpyDtype,
  OrderedDict,
  PickleGlobal,
  StorageReference,
  TensorReference,
  TorchDevice,
  Tuple,
  storageClasses,
  type PickleValue,
  type TensorDtype,
} from './pickleValues';

export function broken(what: string): EngineError {
  return new EngineError('broken-pickle', `The pickle is damaged: ${what}`, {
    hint: 'Copy the file again, or write it anew.',
  });
}

export function unsafe(what: string): EngineError {
  return new EngineError('unsafe-pickle', `The pickle asks for ${what}, which could run code`, {
    hint: 'Only what nnU-Net itself writes is read. Do not open this file with Python either unless you trust its source.',
  });
}

type Call = (args: PickleValue[]) => PickleValue;

const numpyCores = ['numpy.core', 'numpy._core'];
const calls = new Map<string, Call>([
  ['collections.OrderedDict', orderedDict],
  ['_codecs.encode', encode],
  ['builtins.bytes', emptyBytes],
  ['__builtin__.bytes', emptyBytes],
  ['numpy.dtype', dtype],
  ['torch.device', device],
  ['torch.Size', (args) => toTuple(args[0])],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', (args) => args[0] ?? null],
]);
for (const core of numpyCores) {
  calls.set(`${core}.multiarray.scalar`, scalar);
  calls.set(`${core}.multiarray._reconstruct`, reconstruct);
  calls.set(`${core}.numeric._frombuffer`, fromBuffer);
}

/** Names that may be mentioned, but stand only for themselves. */
const references = new Set<string>([
  'numpy.ndarray',
  'nnunetv2.postprocessing.remove_connected_components.remove_all_but_largest_component_from_segmentation',
  ...Object.values(storageClasses).map((name) => `torch.${name}`),
]);
const storageTypes = new Map(Object.entries(storageClasses).map(([type, name]) => [name, type as TensorDtype]));

/** The Python name, if it is one that is known to be harmless. */
export function findGlobal(module: string, name: string): PickleGlobal {
  const global = new PickleGlobal(module, name);
  if (!calls.has(global.path) && !references.has(global.path)) throw unsafe(`"${global.path.slice(0, 200)}"`);
  return global;
}

/** What calling `callable` would give. */
export function call(callable: PickleValue, args: PickleValue): PickleValue {
  if (!(callable instanceof PickleGlobal) || !(args instanceof Tuple))
    throw broken('a call of something that is no name');
  const known = calls.get(callable.path);
  if (!known) throw unsafe(`a call of "${callable.path}"`);
  return known(Array.from(args));
}

/** Sets the state of an object that was just made (`__setstate__`). */
export function build(object: PickleValue, state: PickleValue): void {
  if (object instanceof OrderedDict) {
    // Attributes of a state dict (`_metadata`): nothing that nnU-Net reads.
    if (!(state instanceof Map)) throw broken('attributes that are no dictionary');
  } else if (object instanceof NumpyDtype) setDtype(object, state);
  else if (object instanceof NumpyArray) setArray(object, state);
  else throw unsafe('an object whose state is set');
}

/** `('storage', torch.FloatStorage, key, location, elements)`, as torch names the storages beside the pickle. */
export function storageReference(id: PickleValue): StorageReference {
  if (!(id instanceof Tuple) || id[0] !== 'storage' || !(id[1] instanceof PickleGlobal))
    throw broken('an unknown storage');
  const type = storageTypes.get(id[1].name);
  const [, , key, location, elements] = id;
  if (!type || id[1].module !== 'torch') throw broken(`storage type "${id[1].path}"`);
  if (typeof key !== 'string' || !/^\d{1,9}$/.test(key)) throw broken('a storage without a number');
  return new StorageReference(key, type, count(elements), String(location));
}

function orderedDict(args: PickleValue[]): PickleValue {
  const result = new OrderedDict();
  for (const pair of list(args[0] ?? [])) {
    const [key, value] = list(pair);
    result.set(key ?? null, value ?? null);
  }
  return result;
}

/** `_codecs.encode(text, 'latin1')`: how protocol 2 stores bytes. */
function encode([text, encoding]: PickleValue[]): PickleValue {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1'))
    throw broken('text instead of bytes');
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function emptyBytes(args: PickleValue[]): PickleValue {
  if (args.length > 0) throw unsafe('a call of "bytes" with arguments');
  return new Uint8Array(0);
}

function dtype([code]: PickleValue[]): PickleValue {
  if (typeof code !== 'string' || !/^(f[248]|[iu][1248]|b1)$/.test(code)) {
    throw new EngineError(
      'unsupported-pickle',
      `The pickle holds a numpy array of type "${String(code).slice(0, 40)}"`,
      {
        hint: 'Only numbers are read; object and text arrays are not.',
      },
    );
  }
  return new NumpyDtype(code);
}

function setDtype(target: NumpyDtype, state: PickleValue): void {
  const order = list(state)[1];
  if (order !== '<' && order !== '>' && order !== '|' && order !== '=')
    throw broken('an element type without byte order');
  target.byteOrder = order === '=' ? '<' : order;
}

function reconstruct([type]: PickleValue[]): PickleValue {
  if (!(type instanceof PickleGlobal) || type.path !== 'numpy.ndarray') throw broken('an array of an unknown class');
  return new NumpyArray();
}

function setArray(target: NumpyArray, state: PickleValue): void {
  const [, shape, type, fortranOrder, bytes] = list(state);
  setBytes(target, bytes, type, shape, fortranOrder === true);
}

/** Protocol 5: `_frombuffer(bytes, dtype, shape, 'C' | 'F')`. */
function fromBuffer([bytes, type, shape, order]: PickleValue[]): PickleValue {
  return setBytes(new NumpyArray(), bytes, type, shape, order === 'F');
}

function setBytes(target: NumpyArray, bytes?: PickleValue, type?: PickleValue, shape?: PickleValue, fortran = false) {
  if (!(type instanceof NumpyDtype)) throw broken('an array without element type');
  if (!(bytes instanceof Uint8Array)) throw broken('an array without bytes');
  target.description = type.description;
  target.shape = counts(shape);
  target.bytes = bytes;
  target.fortranOrder = fortran;
  const elements = countElements(target.shape);
  if (elements === undefined || elements * type.itemBytes !== bytes.length)
    throw broken('an array whose bytes do not fill its shape');
  return target;
}

/** `scalar(dtype, bytes)` -> plain number. */
function scalar([type, bytes]: PickleValue[]): PickleValue {
  if (!(type instanceof NumpyDtype) || !(bytes instanceof Uint8Array)) throw broken('a number without type');
  if (bytes.length !== type.itemBytes) throw broken('a number of the wrong size');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = type.byteOrder !== '>';
  switch (type.code) {
    case 'f8':
      return view.getFloat64(0, little);
    case 'f4':
      return view.getFloat32(0, little);
    case 'f2':
      return halfToNumber(view.getUint16(0, little));
    case 'b1':
      return view.getUint8(0) !== 0;
  }
  const signed = type.code.startsWith('i');
  if (bytes.length === 1) return signed ? view.getInt8(0) : view.getUint8(0);
  if (bytes.length === 2) return signed ? view.getInt16(0, little) : view.getUint16(0, little);
  if (bytes.length === 4) return signed ? view.getInt32(0, little) : view.getUint32(0, little);
  return integer(signed ? view.getBigInt64(0, little) : view.getBigUint64(0, little));
}

/** IEEE 754 half precision bits -> number. */
function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

/** A number where that is exact. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function device([type, index]: PickleValue[]): PickleValue {
  if (typeof type !== 'string' || type.length > 40) throw broken('a device without name');
  return new TorchDevice(type, typeof index === 'number' ? index : undefined);
}

function rebuildTensor([storage, offset, size, strides]: PickleValue[]): PickleValue {
  if (!(storage instanceof StorageReference)) throw broken('a tensor without storage');
  const tensor = new TensorReference(storage, count(offset), counts(size), counts(strides));
  if (tensor.shape.length !== tensor.strides.length) throw broken('a tensor whose strides do not fit its shape');
  const reach = tensor.shape.reduce((sum, length, axis) => sum + (length - 1) * tensor.strides[axis]!, tensor.offset);
  if (tensor.elements > 0 && reach >= storage.elements) throw broken('a tensor that reaches beyond its storage');
  const elements = countElements(tensor.shape);
  if (elements === undefined || elements > storage.elements) throw broken('a tensor that is larger than its storage');
  return tensor;
}

function toTuple(value: PickleValue = []): Tuple {
  return Tuple.from(list(value)) as Tuple;
}

function list(value: PickleValue | undefined): PickleValue[] {
  if (!Array.isArray(value)) throw broken('a list was expected');
  return Array.from(value);
}

function count(value: PickleValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw broken('a size was expected');
  return value;
}

function counts(value: PickleValue | undefined): number[] {
  const sizes = list(value).map(count);
  if (sizes.length > 32) throw broken('an array with more than 32 axes');
  return sizes;
}
