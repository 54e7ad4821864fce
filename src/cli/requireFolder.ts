/** Is what was given on the command line a folder that is there? */
import { stat } from 'node:fs/promises';
import { EvaluationError } from '../method/errors';

/** @throws EvaluationError `folder-missing` */
export async function requireFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory()) return;
  throw new EvaluationError('folder-missing', 'There is no such folder', { where: folder, hint: 'Check the path.' });
}
