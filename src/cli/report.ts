/** What does a failure of a command say to the person? What happened, where, what to do, and a code for programs. */
import { NnunetError, UsageError } from '../method/errors';
import { systemError } from '../storage/systemError';

export function personsError(error: unknown): NnunetError {
  if (error instanceof NnunetError) return error;
  const known = systemError(error);
  if (known) return known;
  const { message, path } = (error ?? {}) as NodeJS.ErrnoException;
  return new NnunetError('unexpected', String(message ?? error), {
    where: path,
    hint: 'This was not expected: run the command again with --verbose and report what it prints.',
    cause: error,
  });
}

export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'ABORT_ERR')
  );
}
