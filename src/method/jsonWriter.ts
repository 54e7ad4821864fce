/** Writes JSON byte for byte as Python's `json.dump(value, file, indent=4)` does. */
import { keysInFileOrder } from './jsonReader';
import { writtenForm } from './jsonWrittenForm';

/** A number that is a float in Python: written "1.0" where the bare number would become "1". */
export class PyFloat {
  constructor(readonly value: number) {}
}

/** Marks a number, or each number of nested lists and objects, as a float for `stringifyJson`. Other values pass. */
export function pyFloat(value: unknown): unknown {
  if (typeof value === 'number') return new PyFloat(value);
  if (Array.isArray(value)) return value.map(pyFloat);
  if (value === null || typeof value !== 'object' || value instanceof PyFloat) return value;
  return Object.fromEntries(
    keysInFileOrder(value).map((key) => [key, pyFloat((value as Record<string, unknown>)[key])]),
  );
}

interface StringifyOptions {
  /** Sort the keys of every object by code point, as nnU-Net does for all files but plans and dataset.json. */
  sortKeys?: boolean;
}

/**
 * The text Python would write: indent 4, ASCII only, floats by `repr`, bare NaN and Infinity, no newline at the end.
 * A plain whole number is written as an integer, unless it was read as a float (see `parseJson`) or is a `PyFloat`.
 * Keys whose value is undefined are left out.
 */
export function stringifyJson(value: unknown, options: StringifyOptions = {}): string {
  return write(value, false, '\n', options.sortKeys ?? false);
}

function write(value: unknown, isFloat: boolean, newline: string, sortKeys: boolean): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return isFloat ? pythonFloatText(value) : numberText(value);
  if (value instanceof PyFloat) return pythonFloatText(value.value);
  if (ArrayBuffer.isView(value))
    return writeList(Array.from(value as unknown as ArrayLike<unknown>), newline, sortKeys);
  if (Array.isArray(value)) return writeList(value, newline, sortKeys);
  if (typeof value === 'object') return writeObject(value as Record<string, unknown>, newline, sortKeys);
  throw new TypeError(`A ${typeof value} can't be written as JSON.`);
}

function writeList(list: readonly unknown[], newline: string, sortKeys: boolean): string {
  if (list.length === 0) return '[]';
  const inner = newline + '    ';
  const floats = writtenForm(list)?.floats;
  const items = list.map((item, index) => inner + write(item, floats?.has(String(index)) ?? false, inner, sortKeys));
  return `[${items.join(',')}${newline}]`;
}

function writeObject(object: Record<string, unknown>, newline: string, sortKeys: boolean): string {
  const keys = keysInFileOrder(object).filter((key) => object[key] !== undefined);
  if (keys.length === 0) return '{}';
  if (sortKeys) keys.sort(byCodePoint);
  const inner = newline + '    ';
  const floats = writtenForm(object)?.floats;
  const members = keys.map((key) => {
    return `${inner}${quote(key)}: ${write(object[key], floats?.has(key) ?? false, inner, sortKeys)}`;
  });
  return `{${members.join(',')}${newline}}`;
}

/** Text of a bare JavaScript number: Python's int where it is whole (there is no int -0), else its float. */
function numberText(value: number): string {
  return Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value).toString() : pythonFloatText(value);
}

/**
 * Python's `repr(float)`: the shortest digits that give the same number back, with an exponent from 1e16 up and
 * below 1e-4, and always a point or an exponent.
 */
export function pythonFloatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa, exponentText] = Math.abs(value).toExponential().split('e') as [string, string];
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

function quote(text: string): string {
  const escaped = text.replace(/["\\]|[^ -~]/g, (character) => {
    return shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

function byCodePoint(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = a[i]!.codePointAt(0)! - b[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
