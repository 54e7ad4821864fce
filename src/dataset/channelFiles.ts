/** Which files are the channels of one case? The number at the end of a name, CASE_0000, is read, not counted. */
import { basename } from 'node:path';
import { type DatasetJson } from '../method/datasetJson';
import { keysInFileOrder } from '../method/jsonReader';
import { compareCodePoints } from './names';

/** What numbers the files of a case may have. */
export interface ChannelExpectation {
  count: number;
  /** The keys of channel_names where they are other numbers than 0, 1, 2, …: files may be named by them. */
  keys?: readonly number[];
}

interface NumberedName {
  /** The part before `_0000`. */
  id: string;
  channel: number;
}

/** The files of one case, or files that are taken for them. */
export interface CaseFiles {
  id: string;
  /** By channel number; a file without a number first. */
  files: string[];
  /** Of `files`; undefined for a name without a number. */
  numbers: (number | undefined)[];
}

export function channelExpectation({ channel_names }: Pick<DatasetJson, 'channel_names'>): ChannelExpectation {
  const keys = keysInFileOrder(channel_names).map((key) => (/^\d{1,4}$/.test(key) ? Number(key) : NaN));
  const areOther = keys.every((key) => Number.isInteger(key)) && keys.some((key) => key >= keys.length);
  return { count: keys.length, ...(areOther && { keys: [...keys].sort((a, b) => a - b) }) };
}

/** The number at the end of an image's name; undefined for a name without one. */
export function numberedName(fileName: string, fileEnding: string): NumberedName | undefined {
  if (!fileName.toLowerCase().endsWith(fileEnding.toLowerCase())) return undefined;
  const match = /^(.+)_(\d{4})$/su.exec(fileName.slice(0, -fileEnding.length));
  return match ? { id: match[1]!, channel: Number(match[2]) } : undefined;
}

/** The case of an image of one channel: a number other than 0 is that of a patient, and part of the name. */
export function caseOfOneChannel(fileName: string, fileEnding: string): string {
  const named = numberedName(fileName, fileEnding);
  return named?.channel === 0 ? named.id : fileName.slice(0, -fileEnding.length);
}

/**
 * Images of which a model takes `count` channels, as cases. For a model of one channel a number other than 0 can only be
 * part of the name: patient_0069 is a case of its own.
 * @param endingOf  the ending of each file, as it is written
 * @returns in Python's order
 */
export function groupByChannel(
  files: readonly string[],
  { count }: ChannelExpectation,
  endingOf: (file: string) => string,
): CaseFiles[] {
  const groups = new Map<string, { file: string; number: number | undefined }[]>();
  const ordered = files.map((file) => ({ file, name: basename(file) }));
  ordered.sort((a, b) => compareCodePoints(a.name, b.name));
  for (const { file, name } of ordered) {
    const ending = endingOf(file);
    const named = numberedName(name, ending);
    const id = named?.id ?? name.slice(0, -ending.length);
    const entry = { file, number: named?.channel };
    const others = groups.get(id);
    if (others) others.push(entry);
    else groups.set(id, [entry]);
  }
  const cases: CaseFiles[] = [];
  for (const [id, entries] of groups) {
    const numbered = entries.filter(({ number }) => number !== undefined);
    if (count === 1 && numbered.length > 0 && numbered.every(({ number }) => number! > 0)) {
      for (const { file, number } of numbered)
        cases.push({ id: `${id}_${fourDigits(number!)}`, files: [file], numbers: [number] });
      entries.splice(0, entries.length, ...entries.filter(({ number }) => number === undefined));
      if (entries.length === 0) continue;
    }
    entries.sort((a, b) => (a.number ?? -1) - (b.number ?? -1));
    cases.push({ id, files: entries.map(({ file }) => file), numbers: entries.map(({ number }) => number) });
  }
  return cases.sort((a, b) => compareCodePoints(a.id, b.id));
}

/** Whether the numbers are those of all channels; one file may hold all of them, as RGB pictures do. */
export function hasAllChannels(numbers: readonly (number | undefined)[], { count, keys }: ChannelExpectation): boolean {
  if (numbers.length === 1 && (numbers[0] === undefined || numbers[0] === 0)) return true;
  const isCounted = numbers.length === count && numbers.every((number, at) => number === at);
  return isCounted || (keys !== undefined && String(numbers) === String(keys));
}

/** "0, 1, 3": as they stand in the names, for messages. */
export function numbersText(numbers: readonly (number | undefined)[]): string {
  return numbers.map((number) => (number === undefined ? 'none' : fourDigits(number))).join(', ');
}

export function expectedNumbers({ count }: ChannelExpectation): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

const fourDigits = (number: number): string => String(number).padStart(4, '0');
