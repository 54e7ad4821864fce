/** JSON values as the Python objects that `json.load` would give: "1.0" stays a float, and keys keep the file's order. */
import { keysInFileOrder } from '../method/jsonReader';
import { PyFloat } from '../method/jsonWriter';
import { writtenForm } from '../method/jsonWrittenForm';
import { PickleFloat, type PickleValue } from './pickleValues';

export function jsonForPython(value: unknown, isFloat = false): PickleValue {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return value ?? null;
  if (typeof value === 'number') return isFloat ? new PickleFloat(value) : value;
  if (typeof value === 'bigint') return value;
  if (value instanceof PyFloat) return new PickleFloat(value.value);
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} has no JSON form.`);
  const floats = writtenForm(value)?.floats;
  if (Array.isArray(value)) return value.map((item, index) => jsonForPython(item, floats?.has(String(index))));
  const members = value as Record<string, unknown>;
  const keys = keysInFileOrder(value).filter((key) => members[key] !== undefined);
  return new Map(keys.map((key): [string, PickleValue] => [key, jsonForPython(members[key], floats?.has(key))]));
}
