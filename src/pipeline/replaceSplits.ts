/** Puts other folds in place of those that a dataset has; the ones of before are kept. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preprocessedPaths } from '../dataset/preprocessed';
import type { DatasetReference } from '../dataset/references';
import { listCheckpoints, listModels } from '../dataset/results';
import { writeFileAtomic } from '../storage/atomicFile';
import { parseJson } from '../method/jsonReader';
import { createSplits, splitsToJson, type Split } from '../method/splits';
import { requireTrainable, validateSplits } from '../method/splitsFile';

/** Folds that can be trained on these cases. @throws JsonError; SplitsError for what is wrong with the file */
export async function readSplitsFor(file: string, caseIds: readonly string[]): Promise<Split[]> {
  const splits = validateSplits(parseJson(await readFile(file, 'utf8'), file), file);
  for (const [fold, split] of splits.entries()) requireTrainable(split, fold, caseIds, file);
  return splits;
}

/** nnU-Net's five. @throws SplitsError `splits-too-few-cases` */
export const usualSplits = (caseIds: readonly string[]): Split[] => createSplits(caseIds);

/** @returns where the former ones are kept; undefined where there were none, or they were the same */
export async function replaceSplits(
  { preprocessed }: Pick<DatasetReference, 'preprocessed'>,
  splits: readonly Split[],
): Promise<string | undefined> {
  const { splits: file } = preprocessedPaths(preprocessed);
  const text = splitsToJson(splits);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) return undefined;
  let kept: string | undefined;
  if (before !== undefined) {
    const folder = join(preprocessed, '.nnunet');
    await mkdir(folder, { recursive: true });
    kept = join(folder, `splits_until_${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
    await writeFileAtomic(kept, before);
  } else await mkdir(preprocessed, { recursive: true });
  await writeFileAtomic(file, text);
  return kept;
}

/** Folds that were trained by the folds of before: "3d_fullres, fold 0". */
export async function trainedByFolds({ results }: Pick<DatasetReference, 'results'>): Promise<string[]> {
  const trained: string[] = [];
  for (const { configuration, folds } of await listModels(results)) {
    for (const { fold, folder } of folds) {
      if (fold !== 'all' && (await listCheckpoints(folder)).length > 0) trained.push(`${configuration}, fold ${fold}`);
    }
  }
  return trained;
}
