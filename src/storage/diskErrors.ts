/** What does it mean for the person that a disk refused to read or to write? */
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NnunetError, StorageError } from '../method/errors';

/** What a failed write of `path` means for the person; errors that already say so pass through. */
export function storageError(error: unknown, path: string): NnunetError {
  if (error instanceof NnunetError) return error;
  const make = (code: string, message: string, hint: string): StorageError =>
    new StorageError(code, message, { where: path, hint, cause: error });
  const code = errorCode(error);
  switch (code === 'ENOENT' ? (whyNotMade(path) ?? code) : code) {
    case 'ENOSPC':
      return make('disk-full', 'The disk is full', 'Free some space and try again; nothing was overwritten.');
    case 'EDQUOT':
      return make('disk-full', 'Your disk quota is used up', 'Free some space and try again; nothing was overwritten.');
    case 'EACCES':
    case 'EPERM':
      return make(
        'no-permission',
        'No permission to write here',
        'Allow writing to this folder, or choose another one.',
      );
    case 'EROFS':
      return make('read-only-disk', 'This disk is read-only', 'Choose a folder on a disk that can be written.');
    case 'ENOENT':
    case 'ENOTDIR':
      return make('folder-missing', 'The folder to write to does not exist', 'Create the folder first.');
    case 'EISDIR':
      return make('is-a-folder', 'There is a folder of this name', 'Move the folder away, or choose another name.');
    default:
      return make(
        'write-failed',
        `Writing failed: ${error instanceof Error ? error.message : String(error)}`,
        'Check the disk and try again.',
      );
  }
}

/** What a failed read of `file` means for the person; anything that did not come from the disk passes through. */
export function readError(error: unknown, file: string): unknown {
  if (!isDiskError(error)) return error;
  const make = (code: string, message: string, hint: string) =>
    new StorageError(code, message, { where: file, hint, cause: error });
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return make('file-missing', 'The file does not exist', 'Check the name and the folder.');
    case 'EACCES':
    case 'EPERM':
      return make('no-permission', 'No permission to read this file', 'Ask its owner, or copy it.');
    case 'EISDIR':
      return make('is-a-folder', 'This is a folder', 'Name a file.');
    default:
      return make('read-failed', `Reading failed: ${error.message}`, 'Check the disk and try again.');
  }
}

/** One of Node's about a file, none of this program and no defect of it. */
export function isDiskError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return !(error instanceof NnunetError) && typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
}

export function errorCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** Node says of a folder that can't be made with those above it only that it is not there. */
function whyNotMade(path: string): string | undefined {
  let above = resolve(path);
  while (!fs.existsSync(above) && dirname(above) !== above) above = dirname(above);
  try {
    fs.accessSync(above, fs.constants.W_OK);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}
