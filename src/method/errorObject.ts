/** How does an error get from one of our programs to another, whole? As one object, which an event and a line of JSON can hold. */
import { NnunetError, UsageError } from './errors';

export interface ErrorObject {
  code: string;
  message: string;
  hint: string;
  where?: string;
  /** The key in the JSON file that the error is about, from the top. */
  keyPath?: (string | number)[];
  /** Wrong use of a command: exit code 2. */
  usage?: true;
}

export function errorToObject(error: NnunetError): ErrorObject {
  const { code, message, hint, where, keyPath } = error;
  return {
    code,
    message,
    hint,
    ...(where !== undefined && { where }),
    ...(keyPath && { keyPath: [...keyPath] }),
    ...(error instanceof UsageError && { usage: true as const }),
  };
}

/** @returns undefined for what is no error */
export function errorFromObject(value: unknown): NnunetError | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message, hint, where, keyPath, usage } = value as Record<string, unknown>;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  const Kind = usage === true ? UsageError : NnunetError;
  return new Kind(code, message, { hint: textOf(hint), where: textOf(where), keyPath: keyPathOf(keyPath) });
}

export function errorToLine(error: NnunetError): string {
  return JSON.stringify({ type: 'error', ...errorToObject(error) });
}

/** @returns undefined for a line that is no error */
export function errorFromLine(line: string): NnunetError | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as { type?: unknown };
    return value.type === 'error' ? errorFromObject(value) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function keyPathOf(value: unknown): (string | number)[] | undefined {
  const isPath = Array.isArray(value) && value.every((key) => typeof key === 'string' || typeof key === 'number');
  return isPath ? (value as (string | number)[]) : undefined;
}
