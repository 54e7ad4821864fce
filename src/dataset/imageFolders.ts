/** Which folders of the open workspace hold images or masks that a dataset can be made of? Told by names alone. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { imageEndings, splitEnding } from '../images/endings';
import { readPath, type Role } from './importers/words';
import { rootFolderNames } from './roots';

interface ImageFolder {
  folder: string;
  /** Files whose names end as images do. */
  files: number;
  /** What names of folder and file say. */
  role: Role;
}

const deepest = 4;
/** A workspace may be a whole disk: the folders nearest to its top are looked at. */
const mostFolders = 400;
const notScans = new Set<string>([...Object.values(rootFolderNames), 'nnUNet_predictions', 'node_modules']);

/** @returns nearest to the top first; a folder that cannot be read counts as empty */
export async function imageFolders(roots: readonly string[]): Promise<ImageFolder[]> {
  const found: ImageFolder[] = [];
  let level = [...roots];
  for (let depth = 0, looked = 0; depth < deepest && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level.slice(0, mostFolders - looked)) {
      looked++;
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const images = entries.filter((one) => one.isFile() && isImage(one.name)).map(({ name }) => name);
      if (images.length > 0) found.push({ folder, files: images.length, role: roleOf(folder, images) });
      const below = entries.filter((one) => one.isDirectory() && isOfScans(one.name)).map(({ name }) => name);
      next.push(...below.sort().map((name) => join(folder, name)));
    }
    level = next;
  }
  return found;
}

const isImage = (name: string): boolean => imageEndings.includes(splitEnding(name).ending.toLowerCase());

const isOfScans = (name: string): boolean => !name.startsWith('.') && !notScans.has(name);

/** Masks where each file's path says so: one image among them makes it a folder of both. */
function roleOf(folder: string, names: readonly string[]): Role {
  const isOfLabels = names.every((name) => {
    const { ending } = splitEnding(name);
    return readPath({ path: `${basename(folder)}/${name}`, ending }, false).role === 'label';
  });
  return isOfLabels ? 'label' : 'image';
}
