/** What an error event says about a failure. */
import { errorToObject, type ErrorObject } from '../method/errorObject';
import { NnunetError } from '../method/errors';
import { systemError } from '../storage/systemError';

export function describeFailure(error: unknown, logFile: string, isTraining: boolean): ErrorObject {
  if (error instanceof NnunetError) return errorToObject(error);
  const known = systemError(error);
  if (known) {
    const goesOn = isTraining && known.code === 'disk-full';
    return { ...errorToObject(known), ...(goesOn && { hint: 'Free some space, then continue with --resume.' }) };
  }
  return {
    code: 'unexpected',
    message: String((error as Error | undefined)?.message ?? error),
    hint: 'This was not expected: please report it with the log.',
    where: logFile,
  };
}
