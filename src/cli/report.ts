/** Says what went wrong in one line: what, where, what to do. */
import { NnunetError, UsageError } from '../method/errors';

/** @returns the line that is printed after "error: " */
export function describeError(error: unknown): string {
  if (error instanceof NnunetError) return error.oneLine;
  const { code, message, path: source, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const path = dest ?? source;
  const where = path ? ` (${path})` : '';
  const known = code === undefined ? undefined : systemErrors[code];
  if (known) return `${known.what}${where}. ${known.hint}`;
  const text = String(message ?? error)
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return `${text}${where}. This was not expected: run the command again with --verbose and report what it prints.`;
}

export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'ABORT_ERR')
  );
}

const systemErrors: Record<string, { what: string; hint: string }> = {
  ENOSPC: { what: 'The disk is full', hint: 'Free some space and run the command again.' },
  EDQUOT: { what: 'The disk quota is used up', hint: 'Free some space and run the command again.' },
  EACCES: { what: 'No permission', hint: 'Check who owns the file or folder.' },
  EPERM: { what: 'Not permitted', hint: 'Check who owns the file or folder.' },
  EROFS: { what: 'The disk is read-only', hint: 'Choose another place with --root.' },
  ENOENT: { what: 'No such file or folder', hint: 'Check the path.' },
  ENOTDIR: { what: 'A file stands where a folder is needed', hint: 'Check the path.' },
  EISDIR: { what: 'A folder stands where a file is needed', hint: 'Check the path.' },
  EMFILE: { what: 'Too many open files', hint: 'Raise the limit with "ulimit -n 4096".' },
};
