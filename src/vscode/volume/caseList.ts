/** Which cases lie with an opened image, and in which order does a person go through them? */
import { posix } from 'node:path';
import { caseOfOneChannel, groupByChannel } from '../../dataset/channelFiles';
import { madeFrom } from '../../dataset/maskOrigin';
import { compareCodePoints } from '../../dataset/names';
import { isNamedMask } from '../../dataset/pairedNames';
import { parseFoldFolderName } from '../../dataset/results';
import { splitEnding } from '../../images/endings';
import { readSummary } from '../../method/evaluation';
import type { CaseOrder } from '../../protocol/volume';
import { scoredCases, type ScoredCase } from '../../pipeline/scoredCases';
import type { CaseContext } from './caseContext';
import { foldersIn, imagesIn, type Files, type Surroundings } from './files';

const { basename, dirname, join } = posix;

export interface ListedCase {
  id: string;
  /** In channel order. */
  images: string[];
  /** By the newest evaluation; NaN where no foreground is in it, undefined where there is none. */
  dice?: number;
}

/** By name. */
export async function casesWith(context: CaseContext, around: Surroundings, files: Files): Promise<ListedCase[]> {
  const cases = listed(context) ?? (await inFolder(context, files));
  const scores = await newestScores(context, around, files);
  return cases.map((one) => {
    const fits = ({ id, reference }: ScoredCase): boolean =>
      id === one.id && madeFrom({ reference }, { id, images: one.images }) !== 'other';
    return { ...one, dice: scores.find(fits)?.meanDice };
  });
}

/** @returns undefined for an image that is alone */
export function placeAmongCases(
  image: string,
  cases: readonly ListedCase[],
  wanted: CaseOrder = 'order',
): { index: number; total: number; by: CaseOrder; canSortByDice: boolean } | undefined {
  // One number is no order.
  const canSortByDice = cases.filter(({ dice }) => dice !== undefined && !Number.isNaN(dice)).length > 1;
  const by = canSortByDice ? wanted : 'order';
  const index = inOrder(cases, by).findIndex(({ images }) => images.includes(image));
  return index < 0 || cases.length < 2 ? undefined : { index, total: cases.length, by, canSortByDice };
}

/** @returns undefined at the ends */
export function caseBeside(
  image: string,
  cases: readonly ListedCase[],
  step: 1 | -1,
  by: CaseOrder,
): ListedCase | undefined {
  const ordered = inOrder(cases, by);
  const at = ordered.findIndex(({ images }) => images.includes(image));
  return at < 0 ? undefined : ordered[at + step];
}

/** Worst first; what was not evaluated, or holds nothing, comes last. */
function inOrder(cases: readonly ListedCase[], by: CaseOrder): ListedCase[] {
  if (by === 'order') return [...cases];
  const value = ({ dice }: ListedCase): number => (dice === undefined || Number.isNaN(dice) ? Infinity : dice);
  return cases.toSorted((a, b) => (value(a) === value(b) ? 0 : value(a) - value(b)));
}

function listed({ datasetFolder, datasetJson, caseId }: CaseContext): ListedCase[] | undefined {
  const entries = datasetJson?.dataset;
  if (!datasetFolder || !entries?.[caseId]) return undefined;
  return Object.entries(entries)
    .map(([id, { images }]) => ({ id, images: images.map((file) => posix.resolve(datasetFolder, file)) }))
    .sort((a, b) => compareCodePoints(a.id, b.id));
}

async function inFolder(context: CaseContext, files: Files): Promise<ListedCase[]> {
  const { channelFiles, channelNames, opened, ending } = context;
  const own = channelFiles[opened]!;
  const isMask = isNamedMask(basename(own));
  const alike = (await imagesIn(dirname(own), files)).filter((path) => {
    return splitEnding(path).ending === ending && isNamedMask(basename(path)) === isMask;
  });
  const count = Math.max(channelFiles.length, channelNames.length);
  const cases =
    channelNames.length === 1
      ? alike.map((path) => ({ id: caseOfOneChannel(basename(path), ending), images: [path] }))
      : groupByChannel(alike, { count }, () => ending).map(({ id, files: images }) => ({ id, images }));
  return cases.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** Of the dataset's models and predictions; the newest first. */
async function newestScores(
  { datasetFolder }: CaseContext,
  { results }: Surroundings,
  files: Files,
): Promise<ScoredCase[]> {
  if (!datasetFolder || !results) return [];
  const trained = join(results, basename(datasetFolder));
  const predicted = join(dirname(results), 'nnUNet_predictions', basename(datasetFolder));
  const folders = (await foldersIn(predicted, files)).map((name) => join(predicted, name));
  for (const model of await foldersIn(trained, files)) {
    for (const fold of await foldersIn(join(trained, model), files))
      if (parseFoldFolderName(fold) !== undefined) folders.push(join(trained, model, fold, 'validation'));
  }
  const read = await Promise.all(folders.map((folder) => scoresOf(folder, files)));
  return read
    .filter((one) => one !== undefined)
    .sort((a, b) => b.time - a.time)
    .flatMap(({ cases }) => cases);
}

async function scoresOf(folder: string, files: Files): Promise<{ time: number; cases: ScoredCase[] } | undefined> {
  const file = join(folder, 'summary.json');
  const version = await files.version(file);
  const text = version === undefined ? undefined : await files.readText(file);
  if (text === undefined) return undefined;
  try {
    return { time: Number.parseFloat(version!), cases: scoredCases(readSummary(text, file), folder) };
  } catch {
    // A damaged summary gives no order.
    return undefined;
  }
}
