/** Which dataset does an assistant mean? By number or name, in the folder that is named with it where the workspace has several. */
import { dirname } from 'node:path';
import { resolveDataset, type DatasetReference } from '../dataset/references';
import type { Roots } from '../dataset/roots';
import { DatasetError, UsageError } from '../method/errors';

/** A folder's own name may be a patient's: it goes by its number. @param at  counted from 0 */
export function inFolder(text: string | number, at: number, folders: number): string {
  return folders > 1 ? `${text} (folder ${at + 1})` : String(text);
}

/**
 * @param all  the roots of each folder
 * @throws UsageError `dataset-by-name`, `dataset-in-several-folders`, `folder-unknown`; DatasetError as `resolveDataset`
 */
export async function namedDataset(reference: string, all: readonly Roots[]): Promise<DatasetReference> {
  if (/[\\/]/.test(reference) || /^\.+$/.test(reference.trim())) {
    throw new UsageError('dataset-by-name', 'A dataset is named by its number or name here, not by a folder', {
      hint: 'List the datasets to see them.',
    });
  }
  const [, text, number] = /^(.*?)(?:\s*\(folder (\d+)\))?\s*$/s.exec(reference)!;
  if (number !== undefined) return resolveDataset(text!, requireFolderAt(Number(number) - 1, all));
  const found: [DatasetReference, number][] = [];
  let unknown: unknown;
  for (const [at, roots] of all.entries()) {
    try {
      found.push([await resolveDataset(text!, roots), at]);
    } catch (error) {
      if (!(error instanceof DatasetError) || error.code !== 'dataset-unknown') throw error;
      unknown ??= error;
    }
  }
  const [first] = found;
  if (!first) throw unknown;
  if (found.length === 1) return first[0];
  const names = found.map(([{ folderName }, at]) => `"${inFolder(folderName, at, all.length)}"`);
  throw new UsageError('dataset-in-several-folders', `"${text}" is in several folders of the workspace`, {
    hint: `Say which: ${names.join(' or ')}.`,
  });
}

/** The roots that a dataset was found in. */
export function rootsAround({ raw }: DatasetReference, all: readonly Roots[]): Roots {
  return all.find((roots) => roots.raw === dirname(raw)) ?? all[0]!;
}

function requireFolderAt(at: number, all: readonly Roots[]): Roots {
  const roots = all[at];
  if (roots) return roots;
  throw new UsageError('folder-unknown', `There is no folder ${at + 1} of datasets`, {
    hint: 'List the datasets to see them.',
  });
}
