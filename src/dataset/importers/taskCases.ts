/** The cases that a dataset.json lists one by one: the Decathlon's and nnU-Net v1's `training` and `test`, MONAI's lists of images per case. */
import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { counted } from '../../words/counted';
import { DatasetError } from '../../method/errors';
import { safeName } from '../names';
import { nameCases, withoutChannel } from './caseNames';
import { groupBy } from './groupBy';
import { orderChannels } from './listedChannels';
import type { ImportCase, ImportPlan } from './plan';
import { type SourceListing, importableEnding } from './sourceFiles';
import { type JsonObject, isObject } from './taskJson';
import { type ReadPath, readPath } from './words';

/** Paths as they are written, or as they were found: relative to the source, separated by `/`. */
interface Entry {
  images: string[];
  labels: string[];
}

interface FoundEntry extends Entry {
  /** What the case is called after: its first image, or the name that nnU-Net v1 lists it by. */
  named: string;
}

const trainingLists = ['training', 'train', 'validation', 'val'];
const testLists = ['test', 'testing'];

type ListedCases = Pick<ImportPlan, 'cases' | 'testCases' | 'refused' | 'channelWords' | 'report'>;

/**
 * @param channelNames  as the file gives them
 * @throws DatasetError `task-json-training` for an entry that names no image or no label, `task-json-channels` where several
 *   entries share a label and cannot be channels of one case
 */
export function readTaskCases(
  json: JsonObject,
  source: string,
  listing: SourceListing,
  channelNames: readonly string[] | undefined,
): ListedCases {
  const where = join(source, 'dataset.json');
  const report: string[] = [];
  const refused: ListedCases['refused'] = [];
  const refuse: Refuse = (id, code, why, files) => {
    refused.push({ case: id, code, why, files: files.map((file) => resolve(source, file)) });
  };
  const find = finderOf(source, listing);
  const listed = entriesOf(json, trainingLists);
  if (isList(json.validation) || isList(json.val))
    report.push('Validation cases of dataset.json became training cases: nnU-Net splits them itself.');
  if (listed.some((entry) => isObject(entry) && entry.fold !== undefined))
    report.push('The folds in dataset.json were not taken over: nnU-Net makes its own.');
  const found = findAll(
    listed.map((entry) => readEntry(entry, where, true)),
    find,
    refuse,
  );
  const training = joinChannels(withoutRepetition(found, refuse, report), channelNames, where, refuse, report);
  const tested = findAll(
    entriesOf(json, testLists).map((entry) => readEntry(entry, where, false)),
    find,
    refuse,
  );
  const test = withoutRepetition(tested, refuse, report);
  const both = test.filter(({ images }) => training.entries.some((one) => one.images[0] === images[0]));
  if (both.length > 0)
    report.push(`Training and test list the same image: ${both.map(({ images }) => images[0]).join(', ')}.`);
  return {
    cases: named(training.entries, training.channels, source),
    testCases: named(test, training.channels, source),
    refused,
    channelWords: training.channels,
    report,
  };
}

type Refuse = (id: string, code: ListedCases['refused'][number]['code'], why: string, files: readonly string[]) => void;

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function entriesOf(json: JsonObject, keys: readonly string[]): unknown[] {
  return keys.flatMap((key) => (isList(json[key]) ? json[key] : []));
}

function readEntry(entry: unknown, where: string, needsLabel: boolean): Entry {
  const isTextList = (value: unknown): value is string[] =>
    isList(value) && value.every((one) => typeof one === 'string');
  const listOf = (value: unknown) => (typeof value === 'string' ? [value] : isTextList(value) ? value : []);
  const images = listOf(isObject(entry) ? entry.image : entry);
  const labels = isObject(entry) ? listOf(entry.label) : [];
  if (images.length > 0 && (labels.length > 0 || !needsLabel)) return { images, labels };
  throw new DatasetError(
    'task-json-training',
    `An entry of the cases is not {"image", "label"}: ${JSON.stringify(entry)}`,
    {
      where,
      hint: 'Correct the entry, or remove "training" so that files are paired by their names.',
    },
  );
}

interface Found {
  files: string[];
  /** What was listed is no file, but the name of a case with the files NAME_0000, NAME_0001, … (nnU-Net v1). */
  isCaseName: boolean;
}

/** Looks a listed path up: as it is written, with Windows' backslashes, in another Unicode form (names from macOS). */
function finderOf(source: string, { images }: SourceListing): (path: string) => Found {
  const byPath = new Map(images.map(({ path }) => [path.normalize('NFC'), path]));
  const numbered = images.filter(({ path, ending }) => /_\d{4}$/.test(path.slice(0, -ending.length)));
  const channels = groupBy(numbered, ({ path, ending }) => {
    return path.slice(0, -ending.length - '_0000'.length).normalize('NFC') + ending;
  });
  return (path) => {
    const file = resolve(source, path.replaceAll('\\', '/'));
    const inside = relative(source, file).replaceAll('\\', '/').normalize('NFC');
    const whole = byPath.get(inside);
    if (whole !== undefined) return { files: [whole], isCaseName: false };
    const parts = channels.get(withoutEnding(inside) + (importableEnding(basename(inside)) ?? ''));
    if (parts) return { files: parts.map((part) => part.path), isCaseName: true };
    // Outside of the source, or without an ending that is known.
    return { files: existsSync(file) ? [inside] : [], isCaseName: false };
  };
}

function findAll(entries: readonly Entry[], find: (path: string) => Found, refuse: Refuse): FoundEntry[] {
  return entries.flatMap((entry) => {
    const id = idOf(entry.images[0]!);
    const found = entry.images.map(find);
    const images = found.flatMap(({ files }) => files);
    const labels = entry.labels.flatMap((path) => find(path).files);
    const missing = [...entry.images, ...entry.labels].filter((path) => find(path).files.length === 0);
    const numbers = found.some(({ isCaseName }) => isCaseName) ? images.map(channelNumber) : [];
    if (missing.length > 0) {
      refuse(id, 'file-missing', `dataset.json lists ${missing.join(', ')}, which is not there.`, [
        ...images,
        ...labels,
      ]);
    } else if (numbers.some((number, i) => number !== i)) {
      const why = `Its channels are numbered ${numbers.join(', ')}, not from 0 without a gap.`;
      refuse(id, 'channel-numbers', why, [...images, ...labels]);
    } else return [{ images, labels, named: found[0]!.isCaseName ? entry.images[0]! : images[0]! }];
    return [];
  });
}

function channelNumber(path: string): number {
  return Number(withoutEnding(path).slice(-4));
}

function withoutEnding(path: string): string {
  return path.slice(0, path.length - (importableEnding(basename(path)) ?? '').length);
}

function idOf(path: string): string {
  return safeName(withoutEnding(basename(path.replaceAll('\\', '/')))) || 'case';
}

function withoutRepetition(entries: readonly FoundEntry[], refuse: Refuse, report: string[]): FoundEntry[] {
  const repeated: string[] = [];
  const kept: FoundEntry[] = [];
  for (const same of groupBy(entries, ({ images }) => JSON.stringify(images)).values()) {
    const [first, ...others] = same as [FoundEntry, ...FoundEntry[]];
    kept.push(first);
    const otherLabels = others.filter(({ labels }) => labels.join('\n') !== first.labels.join('\n'));
    for (const { images, labels } of otherLabels) {
      const why = `${images[0]} is listed with the label ${first.labels.join(', ')} already; a case has one label.`;
      refuse(idOf(images[0]!), 'label-shared', why, labels);
    }
    if (others.length > otherLabels.length)
      repeated.push(`${first.images[0]} (${others.length - otherLabels.length + 1} times)`);
  }
  if (repeated.length > 0)
    report.push(`dataset.json lists the same case more than once; it was taken once: ${repeated.join(', ')}.`);
  return kept;
}

/** Entries with the same label are channels of one case. */
function joinChannels(
  entries: readonly FoundEntry[],
  channelNames: readonly string[] | undefined,
  where: string,
  refuse: Refuse,
  report: string[],
): { entries: FoundEntry[]; channels: string[] } {
  const byLabel = [...groupBy(entries, ({ labels }) => labels.join('\n')).values()];
  const shared = byLabel.map((same) => ({
    label: same[0]!.labels.join(', '),
    entries: same.map(({ images }) => images.map(read)),
  }));
  const { images, channels, refused } = orderChannels(shared, channelNames, where);
  for (const { at, code, why } of refused) {
    const files = byLabel[at]!.flatMap((entry) => [...entry.images, ...entry.labels]);
    refuse(idOf(files[0]!), code, why, files);
  }
  const joined = images.flatMap((files, i) => {
    const same = byLabel[i]!;
    const named = same.length > 1 ? files?.[0]?.path : same[0]!.named;
    return files && named ? [{ images: files.map(({ path }) => path), labels: same[0]!.labels, named }] : [];
  });
  if (channels.length > 1 && entries.length > byLabel.length) {
    report.push(
      `dataset.json lists every channel by itself: its ${entries.length} entries are ${counted(joined.length, 'case')} of ${counted(channels.length, 'channel')} (${channels.join(', ')}).`,
    );
  }
  return { entries: joined, channels };
}

function read(path: string): ReadPath {
  return readPath({ path, ending: importableEnding(basename(path)) ?? '' }, false);
}

/** Names are made of the file names, or of the folders where those are all the same (case1/image.nii.gz). */
function named(entries: readonly FoundEntry[], channels: readonly string[], source: string): ImportCase[] {
  const files = entries.map((entry) => read(entry.named.replaceAll('\\', '/')));
  const isNamed = files.length === 1 && files[0]!.stemWords.some((word) => !channels.includes(word));
  const ids = isNamed ? [idOf(withoutChannel(files[0]!.stem, channels))] : nameCases(files, channels, basename(source));
  return entries.map(({ images, labels }, i) => ({
    id: ids[i]!,
    images: images.map((path) => ({ file: resolve(source, path) })),
    labels: labels.map((path) => ({ file: resolve(source, path), part: labels.length > 1 ? idOf(path) : '' })),
  }));
}
