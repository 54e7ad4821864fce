/** What do several tools of an assistant take? A dataset, a model of it, a place on this machine. */
import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Fold } from '../dataset/results';
import { StorageError, UsageError } from '../method/errors';

const nameForm = '^[A-Za-z0-9_.-]+$';

export const datasetInput = {
  type: 'string',
  description: 'the dataset: its number or name, for example "4" or "Dataset004_Hippocampus"',
} as const;

export const configurationInput = {
  type: 'string',
  description: 'the configuration: 2d, 3d_fullres, 3d_lowres, 3d_cascade_fullres, or one of your own in the plans',
  pattern: nameForm,
} as const;

export const plansInput = {
  type: 'string',
  description: 'name of the plans (default nnUNetPlans)',
  pattern: nameForm,
  optional: true,
} as const;

export const trainerInput = { ...plansInput, description: 'name of the trainer (default nnUNetTrainer)' } as const;

export const foldForm = '^(\\d{1,5}|all)$';

export function foldOf(text: string): Fold {
  return text === 'all' ? 'all' : Number(text);
}

/** @throws UsageError `path-relative` */
export function placeOf(path: string): string {
  if (isAbsolute(path)) return resolve(path);
  throw new UsageError('path-relative', 'A folder is named by its whole path here', {
    hint: 'Ask the person for it.',
  });
}

/** @throws UsageError `path-relative`; StorageError `folder-missing` */
export async function folderOf(path: string): Promise<string> {
  const folder = placeOf(path);
  const isFolder = await stat(folder).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (isFolder) return folder;
  throw new StorageError('folder-missing', 'There is no such folder', { where: folder, hint: 'Check the path.' });
}
