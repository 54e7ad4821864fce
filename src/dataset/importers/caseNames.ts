/** Gives each imported case a name that is unique, safe and still recognisable. */
import { safeName } from '../names';
import { groupBy } from './groupBy';
import type { ReadPath } from './words';

/**
 * @param files  the first channel's image of each case
 * @param channels  words that stand for a channel and don't belong to the case
 * @returns one name per file, all different
 */
export function nameCases(files: readonly ReadPath[], channels: readonly string[], sourceName: string): string[] {
  if (files.length === 0) return [];
  const stems = files.map((file) => withoutChannel(file.stem, channels));
  const folders = files.map((file) =>
    file.path
      .split('/')
      .slice(0, -1)
      .filter((_, i, all) => isOwnFolder(all, i, file)),
  );
  const stemsVary = new Set(stems).size > 1;
  if (files.length === 1) {
    const own = /\d/.test(stems[0]!) ? stems[0]! : (folders[0]!.at(-1) ?? sourceName);
    return [safeName(own) || safeName(stems[0]!) || 'case_1'];
  }
  const byStem = stems.map((stem) => safeName(stem));
  if (allDifferent(byStem)) return byStem;
  const byFolder = folders.map((parts) => safeName(parts.join('_')));
  if (!stemsVary && allDifferent(byFolder)) return byFolder;
  const byBoth = folders.map((parts, i) => safeName([...parts, stems[i]!].join('_')));
  if (allDifferent(byBoth)) return byBoth;
  const byPath = files.map(({ path }, i) => safeName([...path.split('/').slice(0, -1), stems[i]!].join('_')));
  // Few names that say the same need not make all others longer.
  const repeated = groupBy(byStem, (name) => name.toLowerCase());
  return withoutClashes(
    byStem.map((name, i) => (name && repeated.get(name.toLowerCase())!.length === 1 ? name : byPath[i]!)),
  );
}

/** Numbers behind names that are still the same (pat-1 and pat-1 of two spellings, or nothing but signs). */
function withoutClashes(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name || 'case';
    for (let count = 2; taken.has(unique.toLowerCase()); count++) unique = `${name || 'case'}_${count}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** Folders like "images" or "train" name no case. */
function isOwnFolder(folders: readonly string[], at: number, file: ReadPath): boolean {
  const words = folders[at]!.normalize('NFC')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(Boolean);
  return (
    words.length > 0 &&
    file.folderWords.some((own) => own.every((word) => folders[at]!.normalize('NFC').includes(word)))
  );
}

function allDifferent(names: readonly string[]): boolean {
  // Case-insensitive disks would mix up names that differ in capitals only.
  return names.every(Boolean) && new Set(names.map((name) => name.toLowerCase())).size === names.length;
}

export function withoutChannel(stem: string, channels: readonly string[]): string {
  for (const channel of channels) {
    if (!channel) continue;
    const escaped = channel.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const without = stem.replace(new RegExp(`(^|[^\\p{L}\\p{N}])${escaped}(?=$|[^\\p{L}\\p{N}])`, 'u'), '');
    if (without !== stem) return without.replace(/^[^\p{L}\p{N}]+/u, '');
  }
  return stem;
}
