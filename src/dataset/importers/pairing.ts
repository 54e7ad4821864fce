/** Pairs loose image and label files by their names, as a person would: several channels per case, any usual layout. */
import { compareCodePoints } from '../names';
import { nameCases } from './caseNames';
import { channelReadings } from './channelReadings';
import { chooseLabels, type PairedLabel } from './chooseLabels';
import { type Attempt, type Group, groupImages, matchings, tryPairing } from './matching';
import type { UnusedFile } from './plan';
import { type ReadPath, type SourceFile, type Split, readPath } from './words';

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
  unused: UnusedFile[];
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
  const training = pairSplit(paths, 'train');
  const test = pairTest(paths, training);
  const cases = namedCases(training.found, training.channels, sourceName);
  const testCases = namedCases(test.found, training.channels, sourceName);
  const used = new Set([...cases, ...testCases].flatMap((one) => [...one.images, ...one.labels.map((l) => l.path)]));
  const known = new Map([...training.unused, ...test.unused].map((one) => [one.file, one]));
  const unused = paths
    .filter(({ path }) => !used.has(path))
    .map(({ path, role }): UnusedFile => {
      const reason = role === 'label' ? 'no image has this name' : 'no mask has this name';
      return known.get(path) ?? { file: path, reason, code: role === 'label' ? 'no-image' : 'no-label' };
    });
  return { cases, testCases, channels: training.channels, unused };
}

/** Files of a case that has no name yet; images in the order of the channels. */
interface Found {
  images: ReadPath[];
  labels: PairedLabel[];
}

function namedCases(found: readonly Found[], channels: readonly string[], sourceName: string): PairedCase[] {
  const ids = nameCases(
    found.map(({ images }) => images[0]!),
    channels,
    sourceName,
  );
  return found
    .map(({ images, labels }, i) => ({ id: ids[i]!, images: images.map(({ path }) => path), labels }))
    .sort((a, b) => compareCodePoints(a.id, b.id));
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

interface SplitPairing {
  found: Found[];
  channels: string[];
  unused: UnusedFile[];
}

function pairSplit(paths: readonly ReadPath[], split: Split): SplitPairing {
  const images = paths.filter((file) => file.role === 'image' && file.split === split);
  const labels = paths.filter((file) => file.role === 'label' && file.split === split);
  const attempt = bestAttempt(images, labels);
  if (!attempt) return { found: [], channels: [], unused: [] };
  const pairing = casesOf(attempt);
  if (pairing.channels.length > 1) return pairing;
  // Some files may be named in another way (x_0000 with x, y with y): what agrees exactly belongs together, too.
  for (const reading of channelReadings) {
    const used = pairing.found.flatMap((one) => [one.images[0]!.path, ...one.labels.map(({ path }) => path)]);
    const settled = new Set([...used, ...pairing.unused.map(({ file }) => file)]);
    const isLeft = ({ path }: ReadPath) => !settled.has(path);
    const further = reading.anyWord
      ? undefined
      : tryPairing(images.filter(isLeft), labels.filter(isLeft), reading, 'exact');
    if (further?.channels.length !== 1) continue;
    const { found, unused } = casesOf(further);
    pairing.found.push(...found);
    pairing.unused.push(...unused);
  }
  return pairing;
}

function casesOf(attempt: Attempt): SplitPairing {
  const { channels } = attempt;
  const unused = [...attempt.unused];
  const found: Found[] = [];
  for (const group of attempt.groups) {
    if (group.labels.length === 0) continue;
    const missing = channels.filter((channel) => !group.images.has(channel));
    if (missing.length > 0) {
      const reason = `this case has no ${missing.map((channel) => channel || 'first channel').join(', ')}, which the others have`;
      const files = [...group.images.values(), ...group.labels];
      unused.push(...files.map(({ path }): UnusedFile => ({ file: path, reason, code: 'missing-channel' })));
      continue;
    }
    unused.push(...extraChannels(group, channels));
    const { chosen, passedOver } = chooseLabels(group.labels);
    unused.push(...passedOver);
    found.push({ images: channels.map((channel) => group.images.get(channel)!), labels: chosen });
  }
  return { found, channels, unused };
}

function extraChannels({ images }: Group, channels: readonly string[]): UnusedFile[] {
  return [...images]
    .filter(([channel]) => !channels.includes(channel))
    .map(([channel, { path }]) => ({
      file: path,
      reason: `most other cases have no channel "${channel}"`,
      code: 'extra-channel',
    }));
}

/** Test images: with their labels where there are any, grouped by the channels that the training images have. */
function pairTest(paths: readonly ReadPath[], training: SplitPairing): Pick<SplitPairing, 'found' | 'unused'> {
  const { channels } = training;
  const images = paths.filter((file) => file.role === 'image' && file.split === 'test');
  if (images.length === 0 || training.found.length === 0) return { found: [], unused: [] };
  const paired = pairSplit(paths, 'test');
  const labelled = paired.channels.join() === channels.join() ? paired : { found: [], unused: [] };
  const taken = new Set([...labelled.found.flatMap((one) => one.images), ...labelled.unused.map(({ file }) => file)]);
  const rest = images.filter((file) => !taken.has(file) && !taken.has(file.path));
  const unlabelled = completeGroups(rest, channels);
  const reason = 'a test image with other channels than the training images';
  return {
    found: [...labelled.found, ...unlabelled.map((files) => ({ images: files, labels: [] }))],
    unused: [...labelled.unused, ...rest.map(({ path }): UnusedFile => ({ file: path, reason, code: 'test-image' }))],
  };
}

/** Images of cases that have all channels, as the way of reading names sees them that finds most. */
function completeGroups(images: readonly ReadPath[], channels: readonly string[]): ReadPath[][] {
  let most: ReadPath[][] = [];
  for (const reading of channelReadings) {
    const complete = groupImages(images, reading, 'exact').groups.flatMap((group) => {
      const files = channels.map((channel) => group.images.get(channel));
      return files.every((file) => file !== undefined) ? [files] : [];
    });
    if (complete.length > most.length) most = complete;
  }
  return most;
}

/** The way of reading names that explains most, the strictest first. */
export function bestAttempt(images: readonly ReadPath[], labels: readonly ReadPath[]): Attempt | undefined {
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
