/** Which names of people's data may occur in what is said of a dataset? Those of its files, and those its JSON files list. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { numberedName } from '../dataset/channelFiles';
import { compareCodePoints } from '../dataset/names';
import { preprocessedPaths } from '../dataset/preprocessed';
import { listTrainingCases, rawPaths } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { rootFolderNames, rootNames, type Roots } from '../dataset/roots';
import { imageEndings, splitEnding } from '../images/endings';
import { validateDatasetJson } from '../method/datasetJson';
import { isObject } from '../method/jsonShape';
import type { HiddenNames } from './hiddenNames';

/** Everything that `names` has to know before something of this dataset is told. Cases first, in the order of the dataset. */
export async function learnDataset(names: HiddenNames, dataset: DatasetReference): Promise<void> {
  if (names.areShared) return;
  const json = await jsonIn(rawPaths(dataset.raw).datasetJson);
  names.keep(namesOfClasses(json));
  const trained = await listTrainingCases(dataset.raw, validated(json)).catch(() => []);
  names.addCases(trained.map(({ id }) => id));
  const listed = isObject(json) ? json : {};
  const splits = [rawPaths(dataset.raw).splits, preprocessedPaths(dataset.preprocessed).splits];
  for (const split of await Promise.all(splits.map(jsonIn))) names.addCases(textsIn(split));
  if (isObject(listed.dataset)) names.addCases(Object.keys(listed.dataset));
  const found = await entriesIn(dataset.raw, true);
  learnFiles(names, [...found.files, ...textsIn([listed.dataset, listed.training, listed.test]).map(lastName)]);
  names.addFiles(found.folders, 'folder');
}

/** Of a folder that the person named: images, masks. */
export async function learnFolder(names: HiddenNames, folder: string): Promise<void> {
  if (names.areShared) return;
  const { files, folders } = await entriesIn(folder, false);
  learnFiles(names, files);
  names.addFiles(folders, 'folder');
}

/** Of every path in what a job was asked for: its title says the last names. */
export function learnPaths(names: HiddenNames, request: unknown): void {
  const last = textsIn(request).filter(isAbsolute).map(lastName);
  learnFiles(
    names,
    last.filter((name) => splitEnding(name).ending !== ''),
  );
  names.addFiles(
    last.filter((name) => splitEnding(name).ending === ''),
    'folder',
  );
}

export function learnRoots(names: HiddenNames, roots: Roots): void {
  for (const root of rootNames) names.addPlace(roots[root], rootFolderNames[root]);
}

/** Images and what lists them are cases, the rest is files. */
function learnFiles(names: HiddenNames, files: readonly string[]): void {
  const cases: string[] = [];
  const others: string[] = [];
  for (const file of files) {
    const { stem, ending } = splitEnding(file);
    const isOfCase = ending === '' || imageEndings.includes(ending.toLowerCase()) || derivedEndings.includes(ending);
    if (!isOfCase) others.push(file);
    else cases.push(numberedName(file, ending)?.id ?? stem);
  }
  names.addCases([...new Set(cases)].sort(compareCodePoints));
  names.addFiles(others);
}

const derivedEndings = ['.npz', '.npy', '.pkl', '.b2nd'];

async function entriesIn(folder: string, recursive: boolean): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { recursive, withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return { files: entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name), folders };
}

/** undefined where there is none that can be read: that is said elsewhere. */
async function jsonIn(file: string): Promise<unknown> {
  return readFile(file, 'utf8').then(
    (text) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return undefined;
      }
    },
    () => undefined,
  );
}

function validated(json: unknown): Parameters<typeof listTrainingCases>[1] {
  try {
    return validateDatasetJson(json);
  } catch {
    return { file_ending: '.nii.gz' } as Parameters<typeof listTrainingCases>[1];
  }
}

function namesOfClasses(json: unknown): string[] {
  if (!isObject(json)) return [];
  const { labels, channel_names: channels } = json;
  return [...(isObject(labels) ? Object.keys(labels) : []), ...textsIn([channels])];
}

/** Every text in lists and objects. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

function lastName(path: string): string {
  return basename(path.replaceAll('\\', '/'));
}
