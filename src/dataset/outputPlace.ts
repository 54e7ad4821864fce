/** May something be written to this place? Never onto an input of the same command, however the two paths are spelled or linked. */
import { type BigIntStats, constants } from 'node:fs';
import { access, lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { storageError } from '../storage/diskErrors';
import { StorageError } from '../method/errors';

interface FilePlace {
  /** Files that the command reads. */
  inputs?: readonly string[];
  /** Whether the file that is there was written as the same output, by this program or another. */
  isSuch?(file: string): Promise<boolean>;
}

/**
 * Before anything is computed: the file is not there, or it may be replaced.
 * @throws StorageError `output-is-input`, `output-exists`, `is-a-folder`
 */
export async function requireFreeFile(file: string, { inputs = [], isSuch }: FilePlace): Promise<void> {
  await requireNoInput([file], inputs);
  const info = (await identityOf(file)) ?? (await lstat(file).catch(() => undefined));
  if (!info) return;
  if (info.isDirectory()) {
    throw new StorageError('is-a-folder', 'There is a folder of this name', {
      where: file,
      hint: 'Choose another name.',
    });
  }
  if (await isSuch?.(file)) return;
  throw new StorageError('output-exists', 'There is a file of this name that is not such an output', {
    where: file,
    hint: 'Choose another name, or move the file away; nothing was overwritten.',
  });
}

/** @throws StorageError `output-is-input` */
export async function requireNoInput(targets: readonly string[], inputs: readonly string[]): Promise<void> {
  if (inputs.length === 0) return;
  const read = new Map<string, string>();
  for (const input of inputs) {
    const info = await identityOf(input);
    if (info) read.set(keyOf(info), input);
  }
  for (const target of targets) {
    const info = await identityOf(target);
    const input = info && read.get(keyOf(info));
    if (input === undefined) continue;
    const isSpelledAlike = resolve(input) === resolve(target);
    throw new StorageError(
      'output-is-input',
      isSpelledAlike ? 'The output would replace its own input' : `The output would replace its own input, ${input}`,
      { where: target, hint: 'Write to another place; nothing was overwritten.' },
    );
  }
}

/**
 * Masks go neither among the images they are made of, where the next call would take them for images, nor among the
 * files of a dataset or of a model.
 * @param inputs  files and folders that the command reads
 * @throws StorageError `output-is-input`, `output-in-dataset`, `output-in-model`, `not-a-folder`, and where nothing can be
 *   written
 */
export async function requireFolderForMasks(folder: string, inputs: readonly string[]): Promise<void> {
  const info = await identityOf(folder);
  await requireWritable(folder);
  for (const input of info ? inputs : []) {
    const other = await identityOf(input);
    if (!other?.isDirectory() || keyOf(other) !== keyOf(info!)) continue;
    throw new StorageError('output-is-input', 'The output folder is the folder that is read', {
      where: folder,
      hint: `Write to another folder, for example ${basename(resolve(folder))}_masks; nothing was overwritten.`,
    });
  }
  const owner = await ownerOf(folder);
  if (owner === undefined) return;
  throw new StorageError(`output-in-${owner}`, foldersInUse[owner], {
    where: folder,
    hint: 'Write masks to another folder; what is worth it can be copied here afterwards.',
  });
}

const foldersInUse = {
  dataset: "This folder holds a dataset's own images, labels or plans",
  model: "This folder holds a model's own files",
} as const;

async function ownerOf(folder: string): Promise<keyof typeof foldersInUse | undefined> {
  if (await isFolderOfDataset(folder)) return 'dataset';
  const real = await realpath(folder).catch(() => resolve(folder));
  for (let path = real; dirname(path) !== path; path = dirname(path))
    if (isFold(basename(path)) && (await namesIn(dirname(path))).includes('plans.json')) return 'model';
  const names = await namesIn(real);
  if (names.includes('plans.json') && names.some(isFold)) return 'model';
  const isPreprocessed = names.includes('dataset.json') && names.includes('dataset_fingerprint.json');
  const isRaw = names.includes('imagesTr') && (await isDataset(real));
  return isPreprocessed || isRaw ? 'dataset' : undefined;
}

const isFold = (name: string): boolean => /^fold_(?:all|\d+)$/.test(name);

/**
 * Where the person has agreed in a dialog that the file is replaced: still not an input, nor an image or label of a dataset.
 * @throws StorageError `output-is-input`, `output-in-dataset`
 */
export async function requireConfirmedFile(file: string, inputs: readonly string[]): Promise<void> {
  await requireNoInput([file], inputs);
  if (!(await identityOf(file)) || !(await isFolderOfDataset(dirname(file)))) return;
  throw new StorageError('output-in-dataset', 'This file is an image or a label of a dataset', {
    where: file,
    hint: 'Choose another place; nothing was overwritten.',
  });
}

async function isFolderOfDataset(folder: string): Promise<boolean> {
  const real = await realpath(folder).catch(() => resolve(folder));
  return foldersOfDatasets.has(basename(real)) && isDataset(dirname(real));
}

/** Before hours of computing: whether the folder, or the one that it will be made in, can be written to. */
async function requireWritable(folder: string): Promise<void> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const info = await identityOf(path);
    if (!info && dirname(path) !== path) continue;
    if (!info?.isDirectory()) {
      throw new StorageError('not-a-folder', 'A file stands where the output folder would be', {
        where: path,
        hint: 'Give the name of a folder; it is made where it is not there.',
      });
    }
    await access(path, constants.W_OK).catch((error: unknown) => {
      throw storageError(error, path);
    });
    return;
  }
}

const foldersOfDatasets: ReadonlySet<string> = new Set(['imagesTr', 'labelsTr', 'imagesTs', 'labelsTs']);

async function isDataset(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return names.includes('dataset.json') || (names.includes('imagesTr') && names.includes('labelsTr'));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Whether a file is a JSON object with all these keys. */
export async function isJsonWith(file: string, keys: readonly string[]): Promise<boolean> {
  try {
    // nnU-Net writes NaN as it is; what matters here are the keys.
    const text = (await readFile(file, 'utf8')).replace(/\b(?:NaN|-?Infinity)\b/g, '0');
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && keys.every((key) => key in value);
  } catch {
    return false; // Whatever it is, it is not such a file.
  }
}

/** Links followed; undefined where there is nothing. */
async function identityOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code ?? '')) return undefined;
    throw storageError(error, path);
  });
}

/** The same for every path to one file, also in folders that ignore case. */
const keyOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;
