/** Takes over a folder that already is an nnU-Net v2 dataset: copies it whole, or finds it where it belongs already. */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../images/atomicFile';
import type { DatasetJson } from '../../method/datasetJson';
import { stringifyJson } from '../../method/json';
import { mapConcurrently } from '../concurrency';
import { isUnfinished, parseDatasetName, safeName } from '../names';
import { expandVariables } from '../rawDataset';
import type { ImportContext } from './plan';

export function looksLikeDatasetJson(json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  const { channel_names, modality, file_ending, labels } = json as Record<string, unknown>;
  const named =
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((value) => typeof value !== 'string' || /^\d+$/.test(value));
  return typeof file_ending === 'string' && (channel_names !== undefined || modality !== undefined) && named;
}

/** Number and name that the folder or its dataset.json suggest. */
export function identityOfExisting(
  source: string,
  datasetJson: DatasetJson,
): { suggestedId?: number; suggestedName: string } {
  const parsed = parseDatasetName(basename(source));
  if (parsed) return { suggestedId: parsed.id, suggestedName: safeName(parsed.name) || 'Dataset' };
  const own = typeof datasetJson.name === 'string' ? safeName(datasetJson.name) : '';
  return { suggestedName: own || safeName(basename(source)) || 'Dataset' };
}

/** Copies every file of the dataset byte for byte, except for file lists whose paths would break. */
export async function copyDataset(source: string, target: string, { signal, progress }: ImportContext): Promise<void> {
  const files = await listFiles(source, '');
  let done = 0;
  await mapConcurrently(files, 4, async (path) => {
    signal?.throwIfAborted();
    await mkdir(join(target, path, '..'), { recursive: true });
    await copyFile(join(source, path), join(target, path), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    progress?.({ done: ++done, total: files.length, message: `Copying ${path}` });
  });
}

/** Relative paths in `dataset` that lead out of the folder are made absolute, as the folder moves. */
export async function keepFileListsValid(
  source: string,
  target: string,
  datasetJson: DatasetJson,
  report: string[],
): Promise<void> {
  if (!datasetJson.dataset) return;
  let changed = 0;
  const fix = (path: string) => {
    const expanded = expandVariables(path);
    if (isAbsolute(expanded) || resolve(source, expanded).startsWith(resolve(source) + '/')) return path;
    changed++;
    return resolve(source, expanded);
  };
  for (const entry of Object.values(datasetJson.dataset)) {
    entry.images = entry.images.map(fix);
    entry.label = fix(entry.label);
  }
  if (changed === 0) return;
  await writeFileAtomic(join(target, 'dataset.json'), stringifyJson(datasetJson));
  report.push(`${changed} paths in dataset.json that lead out of the folder are absolute now.`);
}

async function listFiles(folder: string, relative: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(join(folder, relative), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || isUnfinished(entry.name)) continue;
    const path = relative ? `${relative}/${entry.name}` : entry.name;
    if (entry.isDirectory()) files.push(...(await listFiles(folder, path)));
    else files.push(path);
  }
  return files;
}
