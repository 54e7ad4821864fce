/** Pairs loose image and label files by their names, as a person would: several channels per case, any usual layout. */
import { compareCodePoints } from '../names';
import { nameCases } from './caseNames';
import { type ChannelReading, channelReadings } from './channelReadings';
import { chooseLabels } from './chooseLabels';
import { type ReadPath, type SourceFile, type Split, readPath } from './words';

export interface PairedLabel {
  path: string;
  /** What this file shows if a case has several ("axon", "lesion"); may be empty. */
  part: string;
}

export interface PairedCase {
  id: string;
  /** One file per channel, in the order of `Pairing.channels`. */
  images: string[];
  /** Usually one; several are parts of one segmentation. Empty for test images. */
  labels: PairedLabel[];
}

export interface Pairing {
  cases: PairedCase[];
  testCases: PairedCase[];
  /** What tells the channels apart in the names; one empty string for a single channel without a name. */
  channels: string[];
  /** Files that belong to no case, and why. */
  unused: { path: string; why: string }[];
  /** Decisions a person may want to know of. */
  notes: string[];
}

/** How strictly names must agree: wholly; apart from words that all files have; folder only; one beginning with the other. */
type Matching = 'exact' | 'varying' | 'varying-per-folder' | 'folder' | 'beginning';
const matchings: readonly Matching[] = ['exact', 'varying', 'varying-per-folder', 'folder', 'beginning'];

interface Attempt {
  groups: Map<string, { images: Map<string, ReadPath>; labels: ReadPath[] }>;
  channels: string[];
  pairedImages: number;
}

/**
 * @param roles  for files whose content says more than their names do
 * @param sourceName  name of the source folder: names the case if there is only one
 */
export function pairFiles(
  files: readonly SourceFile[],
  sourceName: string,
  roles: ReadonlyMap<string, 'image' | 'label'> = new Map(),
): Pairing {
  const paths = readPaths(files, roles);
  const notes: string[] = [];
  const training = pairSplit(paths, 'train', sourceName, notes);
  const test = pairTest(paths, training, sourceName);
  const used = new Set(
    [...training.cases, ...test.cases].flatMap((found) => [...found.images, ...found.labels.map((l) => l.path)]),
  );
  const why = new Map([...training.unused, ...test.unused].map(({ path, why }) => [path, why]));
  const unused = paths
    .filter(({ path }) => !used.has(path))
    .map(({ path, role }) => ({
      path,
      why: why.get(path) ?? (role === 'label' ? 'no image has this name' : 'no label has this name'),
    }));
  return { cases: training.cases, testCases: test.cases, channels: training.channels, unused, notes };
}

function readPaths(files: readonly SourceFile[], roles: ReadonlyMap<string, 'image' | 'label'>): ReadPath[] {
  const read = (weak: boolean) =>
    files.map((file) => {
      const found = readPath(file, weak);
      return { ...found, role: roles.get(file.path) ?? found.role };
    });
  const clear = read(false);
  if (clear.some(({ role }) => role === 'label')) return clear;
  return read(true);
}

interface SplitPairing extends Omit<Pairing, 'testCases' | 'notes'> {
  attempt: Attempt | undefined;
}

function pairSplit(paths: readonly ReadPath[], split: Split, sourceName: string, notes: string[]): SplitPairing {
  const images = paths.filter((file) => file.role === 'image' && file.split === split);
  const labels = paths.filter((file) => file.role === 'label' && file.split === split);
  const attempt = bestAttempt(images, labels);
  if (!attempt) return { cases: [], channels: [], unused: [], attempt };
  const unused: Pairing['unused'] = [];
  const found: { images: ReadPath[]; labels: PairedLabel[] }[] = [];
  for (const group of attempt.groups.values()) {
    if (group.labels.length === 0 || group.images.size === 0) continue;
    const missing = attempt.channels.filter((channel) => !group.images.has(channel));
    if (missing.length > 0) {
      const why = `this case has no ${missing.map((channel) => channel || 'first channel').join(', ')}, which the others have`;
      unused.push(...[...group.images.values(), ...group.labels].map(({ path }) => ({ path, why })));
      continue;
    }
    const { chosen, passedOver } = chooseLabels(group.labels);
    for (const { path, why } of passedOver) unused.push({ path, why });
    found.push({ images: attempt.channels.map((channel) => group.images.get(channel)!), labels: chosen });
  }
  addNotes(unused, notes);
  const ids = nameCases(
    found.map(({ images }) => images[0]!),
    attempt.channels,
    sourceName,
  );
  const cases = found.map(({ images, labels }, i) => ({ id: ids[i]!, images: images.map(({ path }) => path), labels }));
  cases.sort((a, b) => compareCodePoints(a.id, b.id));
  return { cases, channels: attempt.channels, unused, attempt };
}

/** Test images: paired with their labels where there are any, otherwise grouped by the channels the training images have. */
function pairTest(
  paths: readonly ReadPath[],
  training: SplitPairing,
  sourceName: string,
): Pick<SplitPairing, 'cases' | 'unused'> {
  const images = paths.filter((file) => file.role === 'image' && file.split === 'test');
  if (images.length === 0 || training.cases.length === 0) return { cases: [], unused: [] };
  const paired = pairSplit(paths, 'test', sourceName, []);
  if (paired.cases.length > 0 && paired.channels.join() === training.channels.join()) return paired;
  for (const reading of channelReadings) {
    const groups = groupImages(images, reading, 'exact');
    const complete = [...groups.values()].filter((group) => training.channels.every((channel) => group.has(channel)));
    if (complete.length * training.channels.length < images.length) continue;
    const found = complete.map((group) => training.channels.map((channel) => group.get(channel)!));
    const ids = nameCases(
      found.map((files) => files[0]!),
      training.channels,
      sourceName,
    );
    return {
      cases: found.map((files, i) => ({ id: ids[i]!, images: files.map(({ path }) => path), labels: [] })),
      unused: [],
    };
  }
  return {
    cases: [],
    unused: images.map(({ path }) => ({ path, why: 'a test image with other channels than the training images' })),
  };
}

function bestAttempt(images: ReadPath[], labels: ReadPath[]): Attempt | undefined {
  if (images.length === 0 || labels.length === 0) return undefined;
  for (const matching of matchings) {
    let best: Attempt | undefined;
    for (const reading of channelReadings) {
      const attempt = tryPairing(images, labels, reading, matching);
      // The simpler reading comes first and stays unless another one explains more of the images.
      if (attempt && attempt.pairedImages > (best?.pairedImages ?? 0)) best = attempt;
    }
    if (best) return best;
  }
  return undefined;
}

function tryPairing(
  images: ReadPath[],
  labels: ReadPath[],
  reading: ChannelReading,
  matching: Matching,
): Attempt | undefined {
  const imageGroups = groupImages(images, reading, matching);
  if (imageGroups.size === 0) return undefined;
  const groups: Attempt['groups'] = new Map(
    [...imageGroups].map(([key, group]) => [key, { images: group, labels: [] as ReadPath[] }]),
  );
  const labelWords = labels.map(
    (file) => (reading.alsoInLabels ? reading.read(file)?.words : undefined) ?? [...file.folderWords, file.stemWords],
  );
  const labelKeys = keysFor(labels, labelWords, matching);
  labels.forEach((file, i) => {
    const { key, part } = labelKeys[i]!;
    const group = matching === 'beginning' ? groupBeginning(groups, key) : groups.get(key);
    group?.labels.push(part ? { ...file, part: [file.part, part].filter(Boolean).join('_') } : file);
  });
  const labelled = [...groups.values()].filter((group) => group.labels.length > 0);
  if (labelled.length === 0) return undefined;
  if (reading.anyWord && (labelled.length < 2 || groups.has(''))) return undefined;
  const channels = usualChannels(labelled.map((group) => group.images));
  const complete = labelled.filter((group) => channels.every((channel) => group.images.has(channel)));
  return { groups, channels, pairedImages: complete.length * channels.length };
}

function groupImages(
  images: ReadPath[],
  reading: ChannelReading,
  matching: Matching,
): Map<string, Map<string, ReadPath>> {
  const read = images.flatMap((file) => {
    const found = reading.read(file);
    return found ? [{ file, ...found }] : [];
  });
  const keys = keysFor(
    read.map(({ file }) => file),
    read.map(({ words }) => words),
    matching,
  );
  const groups = new Map<string, Map<string, ReadPath>>();
  const contradictory = new Set<string>();
  read.forEach(({ file, channel }, i) => {
    const { key } = keys[i]!;
    const group = groups.get(key) ?? new Map<string, ReadPath>();
    if (group.has(channel)) contradictory.add(key);
    groups.set(key, group.set(channel, file));
  });
  // Two files for the same channel of the same case: this reading does not fit them.
  for (const key of contradictory) groups.delete(key);
  return groups;
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

function groupBeginning(groups: Attempt['groups'], labelKey: string) {
  const fits = [...groups].filter(
    ([key]) => key && labelKey && (`${key} `.startsWith(`${labelKey} `) || `${labelKey} `.startsWith(`${key} `)),
  );
  return fits.length === 1 ? fits[0]![1] : undefined;
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

function addNotes(unused: Pairing['unused'], notes: string[]): void {
  const byReason = new Map<string, string[]>();
  for (const { path, why } of unused) byReason.set(why, [...(byReason.get(why) ?? []), path]);
  for (const [why, paths] of byReason) {
    const rest = paths.length > 1 ? ` and ${paths.length - 1} more` : '';
    notes.push(`Left out ${paths[0]}${rest}: ${why}.`);
  }
}
