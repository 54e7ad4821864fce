/** The cases that a fold trains and validates on: splits_final.json where it is there, made as nnU-Net makes it otherwise. */
import { readFile } from 'node:fs/promises';
import { exists, preprocessedPaths } from '../dataset/preprocessed';
import type { DatasetReference } from '../dataset/references';
import type { Fold } from '../dataset/results';
import { writeFileAtomic } from '../images/atomicFile';
import { parseJson } from '../method/json';
import { createSplits, splitForFold, splitsToJson, validateSplits, type Split } from '../method/splits';

/** @param caseIds every preprocessed case */
export async function splitOf(
  dataset: Pick<DatasetReference, 'preprocessed'>,
  fold: Fold,
  caseIds: readonly string[],
): Promise<Split> {
  // As in nnU-Net, "all" needs no file.
  if (fold === 'all') return splitForFold([], fold, caseIds);
  const file = preprocessedPaths(dataset.preprocessed).splits;
  if (!(await exists(file))) await writeFileAtomic(file, splitsToJson(createSplits(caseIds)));
  const splits = validateSplits(parseJson(await readFile(file, 'utf8'), file), file);
  return splitForFold(splits, fold, caseIds);
}
