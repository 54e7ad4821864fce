/** Which images and labels belong together under one way of reading their names. */
import { compareCodePoints } from '../names';
import type { ChannelReading } from './channelReadings';
import { groupBy } from './groupBy';
import type { UnusedFile } from './plan';
import type { ReadPath } from './words';

/** How strictly names must agree: wholly; apart from zeros before numbers; apart from words that all files have; folder only; one beginning with the other. */
export type Matching = 'exact' | 'numbers' | 'varying' | 'varying-per-folder' | 'folder' | 'beginning';
export const matchings: readonly Matching[] = [
  'exact',
  'numbers',
  'varying',
  'varying-per-folder',
  'folder',
  'beginning',
];

/** The files of one case. */
export interface Group {
  /** Words that image and label share; empty where only their folder tells. */
  key: string;
  /** Channel -> file. */
  images: Map<string, ReadPath>;
  labels: ReadPath[];
}

export interface Attempt {
  matching: Matching;
  groups: Group[];
  /** The channels that most cases have. */
  channels: string[];
  pairedImages: number;
  /** Files that this way of reading leaves out for a reason of its own. */
  unused: UnusedFile[];
  /** Labels that found no image. */
  unattached: number;
}

/** @returns undefined if no label finds an image this way */
export function tryPairing(
  images: readonly ReadPath[],
  labels: readonly ReadPath[],
  reading: ChannelReading,
  matching: Matching,
): Attempt | undefined {
  const { groups, unused } = groupImages(images, reading, matching);
  if (groups.length === 0) return undefined;
  attachLabels(groups, labels, reading, matching, unused);
  const labelled = groups.filter((group) => group.labels.length > 0);
  if (labelled.length === 0) return undefined;
  if (reading.anyWord && (labelled.length < 2 || groups.some(({ key }) => key === ''))) return undefined;
  const channels = usualChannels(labelled.map((group) => group.images));
  const complete = labelled.filter((group) => channels.every((channel) => group.images.has(channel)));
  const attached = labelled.reduce((sum, group) => sum + group.labels.length, 0);
  const pairedImages = complete.length * channels.length;
  return { matching, groups, channels, pairedImages, unused, unattached: labels.length - attached };
}

interface KeyedGroup extends Group {
  /** The same as they are written, with their punctuation and capitals. */
  literals: Set<string>;
}

interface ReadImage {
  file: ReadPath;
  channel: string;
  literal: string;
}

/**
 * Images by case and channel. Names that differ in punctuation only (pat_05, pat-05) are cases of their own where they
 * cannot be channels of one.
 */
export function groupImages(
  images: readonly ReadPath[],
  reading: ChannelReading,
  matching: Matching,
): { groups: KeyedGroup[]; unused: UnusedFile[] } {
  const read = images.flatMap((file) => {
    const found = reading.read(file);
    return found ? [{ file, ...found }] : [];
  });
  const keys = keysFor(
    read.map(({ file }) => file),
    read.map(({ words }) => words),
    matching,
  );
  const found = read.map(({ file, channel, words }, i) => {
    return { key: keys[i]!.key, file, channel, literal: literalName(file, words.at(-1)!) };
  });
  const groups: KeyedGroup[] = [];
  const unused: UnusedFile[] = [];
  for (const [key, files] of groupBy(found, ({ key }) => key)) {
    if (channelsDiffer(files)) groups.push(groupOf(key, files));
    else if (matching === 'exact') {
      const byLiteral = groupBy(files, ({ literal }) => literal);
      for (const same of byLiteral.values()) groups.push(groupOf(key, withoutCopies(same, unused)));
    } else unused.push(...contradictory(files));
  }
  return { groups, unused };
}

function channelsDiffer(files: readonly ReadImage[]): boolean {
  return new Set(files.map(({ channel }) => channel)).size === files.length;
}

function groupOf(key: string, files: readonly ReadImage[]): KeyedGroup {
  return {
    key,
    literals: new Set(files.map(({ literal }) => literal)),
    images: new Map(files.map(({ channel, file }) => [channel, file])),
    labels: [],
  };
}

/** a.nii beside a.nii.gz: the same image twice, as far as its name says. */
function withoutCopies(files: readonly ReadImage[], unused: UnusedFile[]): ReadImage[] {
  return files.filter(({ file, channel }, i) => {
    const first = files.slice(0, i).find((other) => other.channel === channel);
    if (!first) return true;
    unused.push({
      file: file.path,
      reason: `its name reads the same as that of ${first.file.path}, which was taken`,
      code: 'same-name',
    });
    return false;
  });
}

/** Two files for the same channel of the same case: this reading does not fit them. */
function contradictory(files: readonly ReadImage[]): UnusedFile[] {
  return files.map(({ file }) => {
    const other = files.find((one) => one.file !== file)!;
    return {
      file: file.path,
      reason: `its name can't be told from that of ${other.file.path}`,
      code: 'ambiguous-name',
    };
  });
}

function attachLabels(
  groups: readonly KeyedGroup[],
  labels: readonly ReadPath[],
  reading: ChannelReading,
  matching: Matching,
  unused: UnusedFile[],
): void {
  const words = labels.map(
    (file) => (reading.alsoInLabels ? reading.read(file)?.words : undefined) ?? [...file.folderWords, file.stemWords],
  );
  const keys = keysFor(labels, words, matching);
  const byKey = groupBy(groups, ({ key }) => key);
  const attached = labels.flatMap((label, i) => {
    const { key, part } = keys[i]!;
    const literal = literalName(label, words[i]!.at(-1)!);
    const fitting = matching === 'beginning' ? groupsBeginning(groups, key) : (byKey.get(key) ?? []);
    const group = fitting.length === 1 ? fitting[0] : fitting.find(({ literals }) => literals.has(literal));
    if (!group) {
      if (fitting.length > 1) unused.push(severalFit(label, fitting));
      return [];
    }
    const file = part ? { ...label, part: [label.part, part].filter(Boolean).join('_') } : label;
    return [{ group, file, isLiteral: group.literals.has(literal) }];
  });
  const literal = new Map<KeyedGroup, ReadPath[]>();
  for (const { group, file, isLiteral } of attached)
    if (isLiteral) literal.set(group, [...(literal.get(group) ?? []), file]);
  for (const { group, file, isLiteral } of attached) {
    const rivals = isLiteral ? [] : (literal.get(group) ?? []);
    const better = rivals.find((other) => other.part === file.part && other.observer === file.observer);
    if (!better) group.labels.push(file);
    else {
      const reason = `no image has exactly this name, and ${better.path} is the mask of the one that is nearest`;
      unused.push({ file: file.path, reason, code: 'no-image' });
    }
  }
}

function severalFit(label: ReadPath, groups: readonly KeyedGroup[]): UnusedFile {
  const images = groups.map(({ images }) => [...images.values()][0]!.path);
  return {
    file: label.path,
    reason: `it could belong to ${images.slice(0, 2).join(' or to ')}`,
    code: 'ambiguous-name',
  };
}

/** What must agree between an image's and a label's name, and what is left over of it. */
function keysFor(
  files: readonly ReadPath[],
  words: readonly string[][][],
  matching: Matching,
): { key: string; part: string }[] {
  const lowered = words.map((lists) => lists.map((list) => list.map((word) => word.toLowerCase())));
  if (matching === 'folder') {
    return lowered.map((lists) => ({ key: lists.slice(0, -1).flat().join(' '), part: lists.at(-1)!.join('_') }));
  }
  const flat = lowered.map(withoutRepetition);
  if (matching === 'numbers')
    return flat.map((list) => ({ key: list.join(' ').replace(/(?<!\d)0+(?=\d)/g, ''), part: '' }));
  if (matching === 'exact' || matching === 'beginning') return flat.map((list) => ({ key: list.join(' '), part: '' }));
  const groupOf = files.map(({ path }) => (matching === 'varying' ? '' : path.slice(0, path.lastIndexOf('/') + 1)));
  const constant = new Map<string, Set<string>>();
  flat.forEach((list, i) => {
    const known = constant.get(groupOf[i]!);
    constant.set(groupOf[i]!, known ? new Set([...known].filter((word) => list.includes(word))) : new Set(list));
  });
  return flat.map((list, i) => {
    const dropped = constant.get(groupOf[i]!)!;
    const part = matching === 'varying-per-folder' ? list.filter((word) => dropped.has(word)).join('_') : '';
    return { key: list.filter((word) => !dropped.has(word)).join(' '), part };
  });
}

/** case1/case1_flair: the folder says nothing that the file does not say. */
function withoutRepetition(lists: string[][]): string[] {
  const stem = lists.at(-1)!;
  const folders = lists.slice(0, -1).filter((list) => !list.every((word, i) => stem[i] === word));
  return [...folders.flat(), ...stem];
}

/** The words of a file's name that were kept, with the punctuation before each; folders named "train" or "val" in front. */
function literalName(file: ReadPath, keptWords: readonly string[]): string {
  const known = literals.get(file) ?? new Map<string, string>();
  literals.set(file, known);
  const key = keptWords.join(' ');
  const literal = known.get(key) ?? writtenName(file, keptWords);
  known.set(key, literal);
  return literal;
}

/** The same names are read in the same ways by every matching. */
const literals = new WeakMap<ReadPath, Map<string, string>>();

function writtenName(file: ReadPath, keptWords: readonly string[]): string {
  const stem = file.stem.normalize('NFC');
  let from = 0;
  let literal = '';
  for (const word of keptWords) {
    const at = stem.indexOf(word, from);
    const punctuation = /[^\p{L}\p{M}\p{N}]*$/u.exec(stem.slice(from, at))![0];
    literal += (literal ? punctuation : '') + word;
    from = at + word.length;
  }
  return [...file.subset, literal].join('/');
}

function groupsBeginning(groups: readonly KeyedGroup[], labelKey: string): KeyedGroup[] {
  return groups.filter(
    ({ key }) => key && labelKey && (`${key} `.startsWith(`${labelKey} `) || `${labelKey} `.startsWith(`${key} `)),
  );
}

/** The set of channels that most cases have, in a natural order. */
function usualChannels(groups: readonly ReadonlyMap<string, unknown>[]): string[] {
  const counts = new Map<string, number>();
  for (const group of groups) {
    const set = [...group.keys()].sort(compareCodePoints).join('\n');
    counts.set(set, (counts.get(set) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || a.length - b.length);
  return most![0].split('\n');
}
