/** What may an assistant give to a tool? Declared once: from it come the JSON schema, the type, and the check of what was given. */
import { didYouMean } from '../method/closest';
import { UsageError } from '../method/errors';

interface InputSpec {
  type: 'string' | 'integer' | 'number' | 'boolean' | 'array';
  description: string;
  /** Absent: it must be given. */
  optional?: true;
  enum?: readonly string[];
  /** A regular expression, as JSON schema has it. */
  pattern?: string;
  minimum?: number;
  maximum?: number;
  /** Of a list; its entries are texts. */
  items?: { type: 'string'; pattern?: string };
  minItems?: number;
}

export type Inputs = Readonly<Record<string, InputSpec>>;

type Value<S extends InputSpec> = S['type'] extends 'string'
  ? S['enum'] extends readonly string[]
    ? S['enum'][number]
    : string
  : S['type'] extends 'boolean'
    ? boolean
    : S['type'] extends 'array'
      ? string[]
      : number;

export type InputOf<I extends Inputs> = {
  [K in keyof I as I[K]['optional'] extends true ? never : K]: Value<I[K]>;
} & { [K in keyof I as I[K]['optional'] extends true ? K : never]?: Value<I[K]> };

export interface InputSchema {
  type: 'object';
  properties: Record<string, Omit<InputSpec, 'optional'>>;
  required?: string[];
  additionalProperties: false;
  [key: string]: unknown;
}

export function schemaOf(inputs: Inputs): InputSchema {
  const required = Object.entries(inputs).flatMap(([name, { optional }]) => (optional ? [] : [name]));
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(inputs).map(([name, { optional: _, ...schema }]) => [name, schema])),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/**
 * What a model gave, checked. Models write 4 as "4" and "4" as 4: both are taken for what is meant.
 * @throws UsageError `bad-input`
 */
export function readInput<I extends Inputs>(inputs: I, given: unknown): InputOf<I> {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given)))
    throw bad('The input must be an object', inputs);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    const spec = inputs[name];
    if (!spec) throw bad(`"${name}" is not asked for. ${didYouMean(name, Object.keys(inputs))}`.trim(), inputs);
    if (value !== null && value !== undefined) values[name] = valueFor(name, spec, value, inputs);
  }
  const missing = Object.entries(inputs).find(([name, { optional }]) => !optional && values[name] === undefined);
  if (missing) throw bad(`"${missing[0]}" is missing: ${missing[1].description}`, inputs);
  return values as InputOf<I>;
}

function valueFor(name: string, spec: InputSpec, given: unknown, inputs: Inputs): unknown {
  const wrong = (wanted: string): UsageError => bad(`"${name}" must be ${wanted}`, inputs);
  switch (spec.type) {
    case 'boolean':
      if (given === true || given === 'true') return true;
      if (given === false || given === 'false') return false;
      throw wrong('true or false');
    case 'integer':
    case 'number': {
      const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
      const isNumber = typeof value === 'number' && Number.isFinite(value);
      if (!isNumber || (spec.type === 'integer' && !Number.isInteger(value)))
        throw wrong(spec.type === 'integer' ? 'a whole number' : 'a number');
      const { minimum = -Infinity, maximum = Infinity } = spec;
      if (value < minimum || value > maximum) throw wrong(`from ${minimum} to ${maximum}`);
      return value;
    }
    case 'array': {
      const list: unknown[] = Array.isArray(given) ? given : [given];
      if (list.length < (spec.minItems ?? 0)) throw wrong('a list that is not empty');
      return list.map((one) => textFor(one, spec.items?.pattern, wrong));
    }
    case 'string': {
      const text = textFor(given, spec.pattern, wrong);
      if (spec.enum && !spec.enum.includes(text)) throw wrong(`one of ${spec.enum.join(', ')}`);
      return text;
    }
  }
}

function textFor(given: unknown, pattern: string | undefined, wrong: (wanted: string) => UsageError): string {
  if (typeof given !== 'string' && typeof given !== 'number') throw wrong('a text');
  const text = String(given);
  if (text.trim() === '' || text.includes('\0')) throw wrong('a text that is not empty');
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) throw wrong(`of the form ${pattern}`);
  return text;
}

function bad(what: string, inputs: Inputs): UsageError {
  return new UsageError('bad-input', what, { hint: `It takes ${Object.keys(inputs).join(', ') || 'nothing'}.` });
}
