/** How are the places called that datasets of one window lie in? By their folder; by as much of the path as tells them apart. */
import { basename, dirname } from 'node:path';
import type { Roots } from '../../dataset/roots';

/** @returns of each; none where there is only one place, which needs no name */
export function placeNames(all: readonly Pick<Roots, 'raw'>[]): string[] {
  if (all.length < 2) return [];
  const folders = all.map(({ raw }) => dirname(raw));
  return folders.map((folder) => {
    const isAlone = folders.filter((other) => basename(other) === basename(folder)).length === 1;
    return isAlone ? basename(folder) : folder;
  });
}
