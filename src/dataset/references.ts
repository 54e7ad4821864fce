/** Finds the dataset that a person means by a folder, a number or a name, across the three roots, as nnU-Net does. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatasetError } from '../method/errors';
import { type DatasetName, compareCodePoints, datasetFolderName, parseDatasetName } from './names';
import { type RootName, type Roots, rootFolderNames, rootNames, rootsBelow } from './roots';

export interface DatasetReference extends DatasetName {
  /** `DatasetXXX_Name`. */
  folderName: string;
  /** The dataset's folder in each root, whether or not it exists. */
  raw: string;
  preprocessed: string;
  results: string;
  /** Which of the three exist. */
  exists: Record<RootName, boolean>;
  /** Where it lies, in a word, for whoever shows datasets of several places. */
  place?: string;
}

/** @throws DatasetError `raw-missing` */
export function requireRaw({ folderName, raw, exists }: DatasetReference): void {
  if (exists.raw) return;
  throw new DatasetError('raw-missing', `The raw data of ${folderName} is not there`, {
    where: raw,
    hint: 'Import it with "nnunet import", or check --root.',
  });
}

/**
 * All datasets that have a folder in at least one root, by number, then name. No file is opened.
 * @param onUnreadable  told of a root that cannot be read, which is then passed over; without it, that is an error
 */
export async function listDatasets(
  roots: Roots,
  onUnreadable?: (root: RootName, error: DatasetError) => void,
): Promise<DatasetReference[]> {
  const found = new Map<string, Set<RootName>>();
  const entriesIn = async (root: RootName): Promise<Dirent[]> => {
    try {
      return await entriesOf(roots[root]);
    } catch (error) {
      if (!onUnreadable || !(error instanceof DatasetError)) throw error;
      onUnreadable(root, error);
      return [];
    }
  };
  for (const root of rootNames) {
    for (const entry of await entriesIn(root)) {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
      if (!parseDatasetName(entry.name)) continue;
      found.set(entry.name, (found.get(entry.name) ?? new Set()).add(root));
    }
  }
  return [...found]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([folderName, where]) => makeReference(folderName, roots, where));
}

/**
 * @param reference  a dataset's folder (in any root or elsewhere), its number, or `DatasetXXX_Name`
 * @throws DatasetError `dataset-unknown`, `dataset-ambiguous`, `dataset-name`
 */
export async function resolveDataset(reference: string | number, roots: Roots): Promise<DatasetReference> {
  const text = String(reference).trim();
  if (/^\d+$/.test(text)) return byNumber(Number(text), roots);
  if (/[\\/]/.test(text) || text === '.' || text === '..') return byFolder(resolve(text), roots);
  const datasets = await listDatasets(roots);
  const match = datasets.find((dataset) => dataset.folderName === text);
  if (match) return match;
  // A folder of that name in the current folder; names win over it, as a person who has both means the dataset.
  if (await isFolder(resolve(text))) return byFolder(resolve(text), roots);
  if (!parseDatasetName(text)) {
    const byShortName = datasets.filter((dataset) => dataset.name.toLowerCase() === text.toLowerCase());
    if (byShortName.length === 1) return byShortName[0]!;
    if (byShortName.length > 1) throw ambiguous(`The name "${text}"`, byShortName);
    throw new DatasetError('dataset-unknown', `"${text}" is neither a folder, a number nor a dataset's name`, {
      where: roots.raw,
      hint: `${describeExisting(datasets)} Names look like Dataset004_Hippocampus.`,
    });
  }
  throw unknown(text, datasets, roots);
}

/** In the first of several places that has it. @throws as `resolveDataset` in the first place */
export async function resolveDatasetIn(reference: string | number, all: readonly Roots[]): Promise<DatasetReference> {
  let unknownInFirst: unknown;
  for (const roots of all) {
    try {
      return await resolveDataset(reference, roots);
    } catch (error) {
      if (!(error instanceof DatasetError) || error.code !== 'dataset-unknown') throw error;
      unknownInFirst ??= error;
    }
  }
  throw unknownInFirst;
}

async function byNumber(id: number, roots: Roots): Promise<DatasetReference> {
  const datasets = await listDatasets(roots);
  const matches = datasets.filter((dataset) => dataset.id === id);
  if (matches.length === 1) return matches[0]!;
  if (matches.length > 1) throw ambiguous(`The number ${id}`, matches);
  throw unknown(`Dataset${String(id).padStart(3, '0')}`, datasets, roots);
}

async function byFolder(folder: string, roots: Roots): Promise<DatasetReference> {
  if (!(await isFolder(folder))) {
    throw new DatasetError('dataset-unknown', 'There is no such folder', {
      where: folder,
      hint: describeExisting(await listDatasets(roots)),
    });
  }
  const folderName = basename(folder);
  if (!parseDatasetName(folderName)) {
    throw new DatasetError('dataset-name', `The folder "${folderName}" is not named like Dataset004_Hippocampus`, {
      where: folder,
      hint: 'Import it: that gives it a number and a name.',
    });
  }
  const parent = dirname(folder);
  const home = rootNames.find((root) => resolve(roots[root]) === parent);
  if (home) return probe(folderName, roots);
  // A dataset elsewhere: beside it lie its own roots, unless the person named roots; then only this folder is taken.
  const named = rootNames.find((root) => rootFolderNames[root] === basename(parent));
  const ownRoots =
    named && rootNames.every((root) => roots.sources[root] === 'workspace')
      ? rootsBelow(dirname(parent), 'workspace')
      : roots;
  return probe(folderName, { ...ownRoots, [named ?? 'raw']: parent });
}

async function probe(folderName: string, roots: Roots): Promise<DatasetReference> {
  const where = new Set<RootName>();
  for (const root of rootNames) if (await isFolder(join(roots[root], folderName))) where.add(root);
  return makeReference(folderName, roots, where);
}

function makeReference(folderName: string, roots: Roots, where: Set<RootName>): DatasetReference {
  return {
    ...parseDatasetName(folderName)!,
    folderName,
    raw: join(roots.raw, folderName),
    preprocessed: join(roots.preprocessed, folderName),
    results: join(roots.results, folderName),
    exists: { raw: where.has('raw'), preprocessed: where.has('preprocessed'), results: where.has('results') },
  };
}

/** The lowest number from 1 that no dataset in these roots has. */
export function lowestFreeId(datasets: readonly DatasetName[]): number {
  const used = new Set(datasets.map((dataset) => dataset.id));
  for (let id = 1; id < 1000; id++) if (!used.has(id)) return id;
  throw new DatasetError('dataset-ids-exhausted', 'All dataset numbers from 1 to 999 are in use', {
    hint: 'Move datasets you no longer need to another root.',
  });
}

function unknown(what: string, datasets: readonly DatasetReference[], roots: Roots): DatasetError {
  return new DatasetError('dataset-unknown', `${what} does not exist`, {
    where: roots.raw,
    hint: describeExisting(datasets),
  });
}

function ambiguous(what: string, matches: readonly DatasetReference[]): DatasetError {
  const names = matches.map((dataset) => dataset.folderName).join(', ');
  return new DatasetError('dataset-ambiguous', `${what} is used by more than one dataset: ${names}`, {
    hint: 'Give the whole name, or renumber one of them: numbers must be unique over all three roots.',
  });
}

function describeExisting(datasets: readonly DatasetReference[]): string {
  if (datasets.length === 0) return 'There is no dataset yet: import one with "nnunet import", or check --root.';
  const shown = datasets.slice(0, 12).map(datasetFolderName);
  return `There is ${shown.join(', ')}${datasets.length > shown.length ? ` and ${datasets.length - shown.length} more` : ''}.`;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new DatasetError('root-unreadable', 'This root cannot be read', {
      where: folder,
      hint: 'Check that it is a folder and that you may read it.',
      cause: error,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
