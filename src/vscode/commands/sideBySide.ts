/** Images and labels that a person chose in different places: linked side by side, as an import wants them, and what they are called at home. */
import { mkdir, stat, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeScratch } from '../../storage/scratch';

/** Of each a folder, or files. */
export interface ChosenFiles {
  images: readonly string[];
  labels: readonly string[];
}

/** @returns a folder with links, to be removed by who asked for it */
export async function linkSideBySide({ images, labels }: ChosenFiles): Promise<string> {
  const folder = await makeScratch('files');
  await linkAll(join(folder, 'images'), images);
  await linkAll(join(folder, 'labels'), labels);
  return folder;
}

async function linkAll(target: string, chosen: readonly string[]): Promise<void> {
  const [first] = chosen;
  if ((await stat(first!)).isDirectory()) {
    await symlink(first!, target, 'junction');
    return;
  }
  await mkdir(target);
  for (const path of chosen) await symlink(path, join(target, basename(path)));
}

/** @param linked  relative to the folder of links, with `/`: "images/a.nii.gz" */
export function chosenFile({ images, labels }: ChosenFiles, linked: string): string {
  const [kind, ...inner] = linked.split('/');
  const chosen = kind === 'images' ? images : kind === 'labels' ? labels : [];
  const [first] = chosen;
  if (first === undefined || inner.length === 0) return linked;
  const [name] = inner;
  return chosen.find((path) => inner.length === 1 && basename(path) === name) ?? join(first, ...inner);
}
