/** Of which of several images with its name was a mask made? By what was written about it, never by which image is found first. */
import { imageEndings, splitEnding } from '../images/endings';
import { numberedName } from './channelFiles';
import { parseDatasetName } from './names';

/** What is written about a mask. */
export interface MaskOrigin {
  /** Folder or files of the images that were predicted, as the record beside the mask says. */
  input?: readonly string[];
  /** What the mask was compared with, as summary.json says. */
  reference?: string;
}

export interface PossibleCase {
  /** Without channel number. */
  id: string;
  images: readonly string[];
  /** Where its label lies, if it has one. */
  label?: string;
}

/**
 * @param cases  with the name of the mask
 * @returns undefined where nothing says which one, or where it was none of them: then none may be shown with it
 */
export function caseOfMask<C extends PossibleCase>(origin: MaskOrigin, cases: readonly C[]): C | undefined {
  const judged = cases.map((one) => ({ one, word: madeFrom(origin, one) }));
  const sure = judged.filter(({ word }) => word === 'this');
  const possible = sure.length > 0 ? sure : judged.filter(({ word }) => word === 'unknown');
  return possible.length === 1 ? possible[0]!.one : undefined;
}

/** Was the mask made from this case's images? */
export function madeFrom(origin: MaskOrigin, one: PossibleCase): 'this' | 'other' | 'unknown' {
  const byReference = origin.reference === undefined ? 'unknown' : fromReference(origin.reference, one);
  return byReference === 'unknown' && origin.input ? fromInput(origin.input, one) : byReference;
}

function fromReference(reference: string, { label, images }: PossibleCase): 'this' | 'other' | 'unknown' {
  const named = partsOf(reference);
  if (label !== undefined && sameParts(named, partsOf(label))) return 'this';
  const [image] = images;
  // Masks may be compared with anybody's; only nnU-Net's own folders say which images are meant.
  if (image === undefined || !subsets.has(named.at(-2) ?? '')) return 'unknown';
  return compareSubset(named, partsOf(image));
}

function fromInput(input: readonly string[], { id, images }: PossibleCase): 'this' | 'other' | 'unknown' {
  const own = images.map(partsOf);
  const [first] = own;
  if (!first) return 'unknown';
  // Files of other cases say nothing about this one.
  const entries = input.map(partsOf).filter((parts) => !isFile(parts) || caseNames(parts.at(-1)!).includes(id));
  if (entries.length === 0) return 'unknown';
  const isOwn = (parts: readonly string[]): boolean =>
    own.some((image) => sameParts(parts, image) || sameParts(parts, image.slice(0, -1)));
  if (entries.some(isOwn)) return 'this';
  const words = entries.map((parts) => compareSubset(isFile(parts) ? parts : [...parts, ''], first));
  return words.find((word) => word === 'this') ?? words.find((word) => word === 'unknown') ?? 'other';
}

/** Folders of training and of test cases; nnU-Net compares validation masks with copies in gt_segmentations. */
const subsets = new Map([
  ['imagesTr', 'training'],
  ['labelsTr', 'training'],
  ['gt_segmentations', 'training'],
  ['imagesTs', 'test'],
  ['labelsTs', 'test'],
]);

/** Whether two files lie in the same part of the same dataset, whatever the machine, or in folders of one name. */
function compareSubset(one: readonly string[], other: readonly string[]): 'this' | 'other' | 'unknown' {
  const [a, b] = [one, other].map((parts) => {
    return { folder: parts.at(-2), subset: subsets.get(parts.at(-2) ?? ''), dataset: datasetOf(parts) };
  }) as [Place, Place];
  if (a.dataset !== undefined && b.dataset !== undefined && a.dataset !== b.dataset) return 'other';
  if (a.subset !== undefined && b.subset !== undefined) return a.subset === b.subset ? 'this' : 'other';
  return a.folder === b.folder ? 'unknown' : 'other';
}

interface Place {
  folder: string | undefined;
  subset: string | undefined;
  dataset: string | undefined;
}

const isFile = (parts: readonly string[]): boolean =>
  imageEndings.includes(splitEnding(parts.at(-1) ?? '').ending.toLowerCase());

/** A file may be a case by itself, or a numbered channel of one. */
function caseNames(file: string): string[] {
  const { stem, ending } = splitEnding(file);
  return [stem, ...(numberedName(file, ending) ? [numberedName(file, ending)!.id] : [])];
}

const datasetOf = (parts: readonly string[]): string | undefined => parts.findLast((part) => parseDatasetName(part));

const partsOf = (path: string): string[] => path.split(/[\\/]+/).filter((part, at) => part !== '' || at === 0);

const sameParts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, at) => part === b[at]);
