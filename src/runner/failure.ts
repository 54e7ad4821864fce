/** What an error event says about a failure. */
import { errorToObject, type ErrorObject } from '../method/errorObject';
import { NnunetError } from '../method/errors';

export function describeFailure(error: unknown, logFile: string, isTraining: boolean): ErrorObject {
  if (error instanceof NnunetError) return errorToObject(error);
  const { code, message, path: source, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  const path = dest ?? source;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      code: 'disk-full',
      message: 'The disk is full',
      hint: isTraining ? 'Free some space, then continue with --resume.' : 'Free some space, then run it again.',
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
