/** What discovery asks of a file system, local or virtual, and where it may look. */
import { posix } from 'node:path';
import { compareCodePoints } from '../../dataset/names';
import { imageEndings, splitEnding } from '../../images/endings';

/** Paths are absolute, with `/`. */
export interface Files {
  /** Undefined for what is no folder or can't be read. */
  list(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined>;
  exists(file: string): Promise<boolean>;
  /** Undefined for what is not there. */
  readText(file: string): Promise<string | undefined>;
  /** Begins with the time of its last change in ms; another one once the file was rewritten; undefined for what is not there. */
  version(file: string): Promise<string | undefined>;
}

/** What is asked of files, too, that are offered as masks. */
export interface SearchedFiles extends Files {
  /** Whether its values are labels: few whole numbers, or such that lie in patches. */
  holdsLabels(file: string): Promise<boolean>;
}

export interface Surroundings {
  /** nnUNet_raw on the same file system. */
  raw?: string;
  /** nnUNet_results on the same file system; undefined where there is none. */
  results?: string;
  /** Workspace folders on the same file system. */
  workspaces: string[];
}

/** Names, sorted. */
export async function foldersIn(folder: string, files: Files): Promise<string[]> {
  const listed = (await files.list(folder)) ?? [];
  return listed
    .filter(({ isFolder }) => isFolder)
    .map(({ name }) => name)
    .sort(compareCodePoints);
}

/** Paths of the files whose ending is that of an image; sorted. */
export async function imagesIn(folder: string, files: Files): Promise<string[]> {
  const listed = (await files.list(folder)) ?? [];
  return listed
    .filter(({ name, isFolder }) => !isFolder && !name.startsWith('.') && isImage(name))
    .map(({ name }) => posix.join(folder, name))
    .sort(compareCodePoints);
}

export async function existing(paths: readonly string[], files: Files): Promise<string[]> {
  const there = await Promise.all(paths.map((path) => files.exists(path)));
  return paths.filter((_, i) => there[i]);
}

const isImage = (name: string): boolean => imageEndings.includes(splitEnding(name).ending.toLowerCase());
