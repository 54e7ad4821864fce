/** What does an error of the system mean for the person, where nobody who knew more has said it? */
import { NnunetError } from '../method/errors';

/** @returns undefined for what is no such error: a defect of this program */
export function systemError(error: unknown): NnunetError | undefined {
  const { code, path: source, dest, syscall } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  if (syscall === 'uv_cwd')
    return new NnunetError('not-found', 'The folder that this terminal is in is gone', {
      hint: 'Change to a folder that is there.',
      cause: error,
    });
  const known = code === undefined ? undefined : systemErrors[code];
  return known && new NnunetError(known.code, known.what, { where: dest ?? source, hint: known.hint, cause: error });
}

const systemErrors: Readonly<Record<string, { code: string; what: string; hint: string }>> = {
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
