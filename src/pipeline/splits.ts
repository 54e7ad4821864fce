/** The cases that a fold trains and validates on: splits_final.json where it is there, made as nnU-Net makes it otherwise. */
import { readFile } from 'node:fs/promises';
import { preprocessedPaths } from '../dataset/preprocessed';
import { rawPaths } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import type { Fold } from '../dataset/results';
import { writeFileAtomic } from '../storage/atomicFile';
import { SplitsError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import { createSplits, splitForFold, splitsToJson, withNewCases, type Split } from '../method/splits';
import { requireTrainable, validateSplits, warningsAbout, type SplitWarning } from '../method/splitsFile';
import { exists } from '../storage/exists';

/** @param caseIds every preprocessed case */
export async function splitOf(
  dataset: Pick<DatasetReference, 'preprocessed'>,
  fold: Fold,
  caseIds: readonly string[],
): Promise<Split> {
  return splitForFold(await splitsFor(dataset, fold, caseIds), fold, caseIds);
}

/**
 * The same for a fold that is to be trained, with what should be known about it.
 * @throws SplitsError split-unknown-case, split-empty
 */
export async function splitToTrain(
  dataset: Pick<DatasetReference, 'preprocessed'>,
  fold: Fold,
  caseIds: readonly string[],
): Promise<{ split: Split; warnings: SplitWarning[] }> {
  const splits = await splitsFor(dataset, fold, caseIds);
  const { train, val } = splitForFold(splits, fold, caseIds);
  requireTrainable({ train, val }, fold, caseIds, preprocessedPaths(dataset.preprocessed).splits);
  return { split: { train, val: [...new Set(val)] }, warnings: warningsAbout(splits, fold, { train, val }) };
}

/** Cases that were added to the dataset since its folds were made join them. @returns their ids */
export async function joinNewCases(
  dataset: Pick<DatasetReference, 'preprocessed' | 'raw'>,
  caseIds: readonly string[],
): Promise<string[]> {
  const file = preprocessedPaths(dataset.preprocessed).splits;
  if (!(await exists(file))) return [];
  const { splits, added } = withNewCases(validateSplits(parseJson(await readFile(file, 'utf8'), file), file), caseIds);
  if (added.length === 0) return [];
  const own = rawPaths(dataset.raw).splits;
  if (await exists(own)) {
    throw new SplitsError(
      'splits-of-dataset',
      `No fold names ${added.slice(0, 3).join(', ')}${added.length > 3 ? ', …' : ''}, and this dataset brings its own folds`,
      {
        where: own,
        hint: `Name the new cases there and in ${file}.`,
      },
    );
  }
  await writeFileAtomic(file, splitsToJson(splits));
  return added;
}

async function splitsFor(
  dataset: Pick<DatasetReference, 'preprocessed'>,
  fold: Fold,
  caseIds: readonly string[],
): Promise<Split[]> {
  // As in nnU-Net, "all" needs no file.
  if (fold === 'all') return [];
  const file = preprocessedPaths(dataset.preprocessed).splits;
  if (!(await exists(file))) await writeFileAtomic(file, splitsToJson(createSplits(caseIds)));
  return validateSplits(parseJson(await readFile(file, 'utf8'), file), file);
}
