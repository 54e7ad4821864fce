/** Which cases a person wants predicted: a folder of images, or image files. */
import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type CaseFiles,
  type ChannelExpectation,
  expectedNumbers,
  groupByChannel,
  hasAllChannels,
  numbersText,
} from '../../dataset/channelFiles';
import { fileNamesIn } from '../../dataset/rawDataset';
import { endingsOf, formatOf, imageEndings, simpleItkFormats, splitEnding } from '../../images/endings';
import { readHeader } from '../../images/header';
import type { ReaderName } from '../../images/types';
import { ImageError } from '../../method/errors';
import { exists } from '../../storage/exists';

export interface InputCase {
  id: string;
  /** In channel order. */
  images: string[];
  /** Why its images can't be read at all. */
  error?: ImageError;
}

export interface InputKind {
  /** What images are called in the model's dataset. */
  fileEnding: string;
  reader: ReaderName;
  channels: ChannelExpectation;
}

type Warn = (code: string, message: string) => void;

/**
 * Groups the files into cases by nnU-Net's names, CASE_0000 + ending for each channel. Files without a channel number are
 * cases of their own where the model has one channel (or a file holds all of them, as in RGB pictures).
 * @param input  one folder, or files
 * @throws ImageError `input-missing`, `no-images`, `channel-missing`, `duplicate-case`
 */
export async function inputCases(input: readonly string[], kind: InputKind, warn: Warn): Promise<InputCase[]> {
  const files = await filesOf(input);
  const fitting = fittingFiles(files, kind);
  if (fitting.length === 0) throw noImages(input, files, kind.fileEnding);
  tellOfOthers(files, fitting, kind, warn);
  const groups = groupByChannel(fitting, kind.channels, (file) => endingOf(file, kind.fileEnding));
  const cases: InputCase[] = [];
  for (const group of groups) cases.push(...(await casesOf(group, kind)));
  refuseEqualNames(cases);
  tellOfNumbers(cases, kind, warn);
  for (const entry of cases) entry.error = await brokenLink(entry.images);
  return cases;
}

/** The ending of the first image that is given, for models that were not trained on one kind of file. @throws ImageError `no-images` */
export async function endingOfInput(input: readonly string[]): Promise<string> {
  const files = await filesOf(input);
  const endings = files.map((file) => splitEnding(file).ending);
  const ending = endings.find((one) => imageEndings.includes(one.toLowerCase()));
  if (ending) return ending;
  throw noImages(input, files, imageEndings.slice(0, 2).join(' or '));
}

async function filesOf(input: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of input) {
    const info = (await stat(path).catch(() => undefined)) ?? (await lstat(path).catch(() => undefined));
    if (!info) throw inputMissing(path);
    const folder = resolve(path);
    if (info.isDirectory()) files.push(...(await fileNamesIn(folder)).map((name) => join(folder, name)));
    // macOS keeps what other disks can't hold in files called ._NAME; a pattern of a shell may name them.
    else if (!basename(folder).startsWith('._')) files.push(folder);
  }
  return files;
}

function inputMissing(path: string): ImageError {
  const isFile = imageEndings.includes(splitEnding(path).ending.toLowerCase());
  return new ImageError('input-missing', isFile ? 'There is no such file' : 'There is no such folder', {
    where: path,
    hint: 'Check the path after -i.',
  });
}

function fittingFiles(files: readonly string[], { fileEnding, reader }: InputKind): string[] {
  const own = fileEnding.toLowerCase();
  const format = formatOf(own);
  // Each reader reads the endings of one format alike.
  const alike = format ? endingsOf(format) : [own];
  const fitting = files.filter((file) => alike.some((ending) => hasEnding(file, ending)));
  if (fitting.length > 0 || !reader.startsWith('SimpleITKIO')) return fitting;
  const readAlike = endingsOf(...simpleItkFormats);
  return files.filter((file) => readAlike.some((ending) => hasEnding(file, ending)));
}

const hasEnding = (file: string, ending: string): boolean =>
  splitEnding(file).ending.toLowerCase() === ending || file.toLowerCase().endsWith(ending);

function endingOf(file: string, fileEnding: string): string {
  return file.toLowerCase().endsWith(fileEnding.toLowerCase())
    ? file.slice(-fileEnding.length)
    : splitEnding(file).ending;
}

function tellOfOthers(
  files: readonly string[],
  fitting: readonly string[],
  { fileEnding }: InputKind,
  warn: Warn,
): void {
  const taken = new Set(fitting);
  const left = files.filter(
    (file) => !taken.has(file) && imageEndings.includes(splitEnding(file).ending.toLowerCase()),
  );
  if (left.length === 0) return;
  const more = left.length > 1 ? ` and ${left.length - 1} more` : '';
  warn('images-left-out', `${basename(left[0]!)}${more}: left out, because the model is for ${fileEnding} files.`);
}

function tellOfNumbers(cases: readonly InputCase[], { channels, fileEnding }: InputKind, warn: Warn): void {
  if (channels.count > 1) return;
  const named = cases.filter(({ id, images }) => basename(images[0]!).startsWith(`${id}.`) && /_\d{4}$/u.test(id));
  if (named.length === 0) return;
  const more = named.length > 1 ? ` (and ${named.length - 1} more)` : '';
  warn(
    'number-in-name',
    `${named[0]!.id}${more}: the model has one channel, _0000, so the number is taken for a part of the case's name. The mask will be ${named[0]!.id}${fileEnding}.`,
  );
}

/** @throws ImageError `duplicate-case`, `channel-missing` */
async function casesOf({ id, files, numbers }: CaseFiles, kind: InputKind): Promise<InputCase[]> {
  const isTwice = new Set(numbers).size < numbers.length;
  const isBoth = numbers.length > 1 && numbers.includes(undefined);
  if (isTwice || isBoth) throw duplicateCase(id, files, isTwice);
  if (hasAllChannels(numbers, kind.channels)) return [{ id, images: files }];
  if (kind.channels.count === 1 && files.length === 1) return [{ id, images: files }];
  if (kind.channels.count > 1 && (await holdAllChannels(files, kind.channels.count))) {
    // Pictures called img_0001, img_0002, … that hold all channels each.
    return files.map((file) => ({
      id: basename(file).slice(0, -endingOf(file, kind.fileEnding).length),
      images: [file],
    }));
  }
  throw wrongNumbers(id, files, numbers, kind.channels);
}

/** Img_0069 by itself and Img_0069_0000. @throws ImageError `duplicate-case` */
function refuseEqualNames(cases: readonly InputCase[]): void {
  const seen = new Map<string, InputCase>();
  for (const entry of cases) {
    const other = seen.get(entry.id);
    if (other) throw duplicateCase(entry.id, [...other.images, ...entry.images], false);
    seen.set(entry.id, entry);
  }
}

async function holdAllChannels(files: readonly string[], count: number): Promise<boolean> {
  for (const file of files) {
    const header = await readHeader(file).catch(() => undefined);
    if (header?.channels !== count) return false;
  }
  return true;
}

function duplicateCase(id: string, files: readonly string[], isTwice: boolean): ImageError {
  const [first, second] = [files[0]!, files[1]!].map((file) => basename(file)) as [string, string];
  if (isTwice || first === second) {
    return new ImageError('duplicate-case', `The case ${id} is given twice`, {
      where: files.join(', '),
      hint: 'Leave one of them out, or rename it: both masks would have the same name.',
    });
  }
  return new ImageError('duplicate-case', `${first} and ${second} are both the image of a case ${id}`, {
    where: dirname(files[0]!),
    hint: `Keep one of them here. If ${first} is a mask, move it to another folder.`,
  });
}

function wrongNumbers(
  id: string,
  files: readonly string[],
  numbers: CaseFiles['numbers'],
  channels: ChannelExpectation,
): ImageError {
  const wanted = numbersText(expectedNumbers(channels));
  const message =
    channels.count === 1
      ? `${id} has files with the channel numbers ${numbersText(numbers)}, but the model takes one channel, 0000`
      : `${id} has files with the channel numbers ${numbersText(numbers)}, but the model takes ${wanted}`;
  const patients = `If the numbers count patients, add the channel: ${basename(files[0]!).replace(/(_\d{4})(?=\.)/u, '$1_0000')}.`;
  const hint =
    channels.count === 1
      ? `Leave out the other channels. ${patients}`
      : `Give each case one file for each channel, in the order that the model was trained with. ${patients}`;
  return new ImageError('channel-missing', message, { where: dirname(files[0]!), hint });
}

async function brokenLink(images: readonly string[]): Promise<ImageError | undefined> {
  for (const file of images) {
    if (await exists(file)) continue;
    return new ImageError('link-broken', 'This is a link to a file that does not exist', {
      where: file,
      hint: 'Bring back the file it points to, or delete the link.',
    });
  }
  return undefined;
}

function noImages(input: readonly string[], files: readonly string[], fileEnding: string): ImageError {
  const found = [...new Set(files.map((file) => splitEnding(file).ending))].filter(Boolean).slice(0, 5);
  const hint =
    found.length > 0
      ? `The model is for ${fileEnding} files, but there are only ${found.join(', ')}: convert them to ${fileEnding}.`
      : 'The folder holds no files.';
  return new ImageError('no-images', `There is no image ending in ${fileEnding}`, { where: input.join(', '), hint });
}
