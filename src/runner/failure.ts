/** What an error event says about a failure. */
import { NnunetError } from '../method/errors';

export interface Failure {
  code: string;
  message: string;
  hint: string;
  where?: string;
}

export function describeFailure(error: unknown, logFile: string): Failure {
  if (error instanceof NnunetError)
    return { code: error.code, message: error.message, hint: error.hint, where: error.where };
  const { code, message, path: source, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const path = dest ?? source;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      code: 'disk-full',
      message: 'The disk is full',
      hint: 'Free some space, then continue with --resume.',
      where: path,
    };
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return {
      code: 'no-permission',
      message: 'A file or folder may not be written',
      hint: 'Check who owns it.',
      where: path,
    };
  }
  return {
    code: 'unexpected',
    message: String(message ?? error),
    hint: 'This was not expected: please report it with the log.',
    where: logFile,
  };
}
