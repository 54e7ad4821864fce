/** How does an error get from one of our programs to another? As one object in a line, with its code, hint and place. */
import { NnunetError } from './errors';

export function errorToLine({ code, message, hint, where }: NnunetError): string {
  return JSON.stringify({ type: 'error', code, message, hint, where });
}

/** @returns undefined for a line that is no error */
export function errorFromLine(line: string): NnunetError | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { type, code, message, hint, where } = JSON.parse(line) as Record<string, unknown>;
    if (type !== 'error' || typeof code !== 'string' || typeof message !== 'string') return undefined;
    return new NnunetError(code, message, { hint: textOf(hint), where: textOf(where) });
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
