/** Which cases a raw dataset has, and which files make up each: nnUNet_raw/DatasetXXX_Name as nnU-Net reads it. */
import type { Dirent } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { type DatasetJson, type TrainingDatasetJson, validateDatasetJson } from '../method/datasetJson';
import { DatasetError } from '../method/errors';
import { keysInFileOrder, parseJson } from '../method/jsonReader';
import { numberedName } from './channelFiles';
import { compareCodePoints, inPythonsOrder } from './names';

export interface RawCase {
  id: string;
  /** One file per channel in channel order, absolute. (A file may itself hold several channels.) */
  images: string[];
  /** Absolute; the file need not exist. */
  label: string;
}

export interface RawDataset {
  folder: string;
  /** Name of the folder: DatasetXXX_Name. */
  name: string;
  datasetJson: TrainingDatasetJson;
  /** Sorted as Python sorts. */
  cases: RawCase[];
}

/** Folders and files of one dataset below nnUNet_raw; formats: section 2. */
export function rawPaths(datasetFolder: string) {
  return {
    datasetJson: join(datasetFolder, 'dataset.json'),
    images: join(datasetFolder, 'imagesTr'),
    labels: join(datasetFolder, 'labelsTr'),
    testImages: join(datasetFolder, 'imagesTs'),
    testLabels: join(datasetFolder, 'labelsTs'),
    splits: join(datasetFolder, 'splits_final.json'),
  };
}

/** @throws DatasetError `dataset-json-missing` or what validation finds; JsonError with line and column */
export async function readDatasetJson(datasetFolder: string): Promise<TrainingDatasetJson> {
  const file = rawPaths(datasetFolder).datasetJson;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new DatasetError('dataset-json-unreadable', 'dataset.json cannot be read', { where: file, cause: error });
    }
    throw new DatasetError('dataset-json-missing', 'There is no dataset.json in this folder', {
      where: datasetFolder,
      hint: 'Import the folder: "nnunet import" pairs images and labels and writes it.',
    });
  }
  return validateDatasetJson(parseJson(text, file), file);
}

/** Reads dataset.json and the names of the files; no image is opened. */
export async function readRawDataset(datasetFolder: string): Promise<RawDataset> {
  const folder = resolve(datasetFolder);
  const datasetJson = await readDatasetJson(folder);
  const cases = await listTrainingCases(folder, datasetJson);
  if (cases.length === 0) {
    throw new DatasetError('no-training-cases', `There is no training image ending in ${datasetJson.file_ending}`, {
      where: rawPaths(folder).images,
      hint: 'Check the folder and file_ending in dataset.json; image files are named CASE_0000, CASE_0001, … + ending.',
    });
  }
  return { folder, name: basename(folder), datasetJson, cases };
}

/** The training cases: from dataset.json's `dataset` where it is given, otherwise from the names in imagesTr. */
export async function listTrainingCases(folder: string, datasetJson: DatasetJson): Promise<RawCase[]> {
  if (datasetJson.dataset) return listedCases(folder, datasetJson.dataset);
  const paths = rawPaths(folder);
  const images = await groupImageFiles(paths.images, datasetJson.file_ending);
  const labels = join(paths.labels, sep);
  return [...images].map(([id, files]) => ({ id, images: files, label: labels + id + datasetJson.file_ending }));
}

/**
 * The cases in a folder of images named CASE_dddd + ending, as nnU-Net groups them; for training and prediction.
 * @returns case id -> its files in channel order, absolute; cases in Python's order
 */
export async function groupImageFiles(folder: string, fileEnding: string): Promise<Map<string, string[]>> {
  const names = (await fileNamesIn(folder)).filter((name) => name.endsWith(fileEnding));
  const groups = new Map<string, string[]>();
  const base = join(folder, sep);
  for (const name of inPythonsOrder(names)) {
    const id = caseIdOfImage(name, fileEnding);
    if (id !== undefined) groups.set(id, [...(groups.get(id) ?? []), base + name]);
  }
  return new Map([...groups].sort(([a], [b]) => compareCodePoints(a, b)));
}

/** The part before `_0000` of an image's file name; undefined if the name has no channel number. */
export function caseIdOfImage(fileName: string, fileEnding: string): string | undefined {
  return fileName.endsWith(fileEnding) ? numberedName(fileName, fileEnding)?.id : undefined;
}

export function imageFileName(caseId: string, channel: number, fileEnding: string): string {
  return `${caseId}_${String(channel).padStart(4, '0')}${fileEnding}`;
}

/** Names of the files (not folders, not hidden) in a folder; empty where there is no such folder. */
export async function fileNamesIn(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new DatasetError('folder-unreadable', 'This folder cannot be read', { where: folder, cause: error });
  }
  return entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
}

function listedCases(folder: string, lists: NonNullable<DatasetJson['dataset']>): RawCase[] {
  return keysInFileOrder(lists)
    .sort(compareCodePoints)
    .map((id) => ({
      id,
      images: lists[id]!.images.map((file) => resolveListed(folder, file)),
      label: resolveListed(folder, lists[id]!.label),
    }));
}

/** Paths in `dataset` may hold environment variables and are relative to the dataset's folder. */
function resolveListed(folder: string, path: string): string {
  const expanded = expandVariables(path);
  return isAbsolute(expanded) ? expanded : resolve(folder, expanded);
}

/** `$NAME` and `${NAME}` (and `%NAME%` on Windows), as Python's os.path.expandvars: unknown names stay as they are. */
export function expandVariables(
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const posix = path.replace(/\$(?:\{([^}]*)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    return environment[braced ?? bare ?? ''] ?? whole;
  });
  if (process.platform !== 'win32') return posix;
  return posix.replace(/%(\w+)%/g, (whole, name: string) => environment[name] ?? whole);
}
