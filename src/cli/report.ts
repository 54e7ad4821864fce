/** What does a failure of a command say to the person? What happened, where, what to do, and a code for programs. */
import { NnunetError, UsageError } from '../method/errors';

export function personsError(error: unknown): NnunetError {
  if (error instanceof NnunetError) return error;
  const { code, message, path: source, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const where = dest ?? source;
  const known = code === undefined ? undefined : systemErrors[code];
  if (known) return new NnunetError(known.code, known.what, { where, hint: known.hint, cause: error });
  return new NnunetError('unexpected', String(message ?? error), {
    where,
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

const systemErrors: Record<string, { code: string; what: string; hint: string }> = {
  ENOSPC: { code: 'disk-full', what: 'The disk is full', hint: 'Free some space and run the command again.' },
  EDQUOT: { code: 'disk-full', what: 'The disk quota is used up', hint: 'Free some space and run the command again.' },
  EACCES: { code: 'no-permission', what: 'No permission', hint: 'Check who owns the file or folder.' },
  EPERM: { code: 'no-permission', what: 'Not permitted', hint: 'Check who owns the file or folder.' },
  EROFS: { code: 'read-only-disk', what: 'The disk is read-only', hint: 'Choose another place with --root.' },
  ENOENT: { code: 'not-found', what: 'No such file or folder', hint: 'Check the path.' },
  ENOTDIR: { code: 'not-a-folder', what: 'A file stands where a folder is needed', hint: 'Check the path.' },
  EISDIR: { code: 'is-a-folder', what: 'A folder stands where a file is needed', hint: 'Check the path.' },
  EMFILE: {
    code: 'too-many-files',
    what: 'Too many open files',
    hint: 'Raise the limit with "ulimit -n 4096".',
  },
};
