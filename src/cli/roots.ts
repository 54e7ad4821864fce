/** The roots that a command works with. */
import { resolveRoots, type Roots } from '../dataset/roots';
import type { ParsedArguments } from './parsedArguments';

export function rootsFor(parsed: ParsedArguments): Roots {
  return resolveRoots({ root: parsed.text('root') });
}
