/** Which cases are trained on and which are validated on, per fold. */
import { SplitsError } from './errors';
import { stringifyJson } from './jsonWriter';
import { RandomState } from './randomState';

export interface Split {
  train: string[];
  val: string[];
}

/** A fold's number, or training on every case. */
export type Fold = number | 'all';

const foldCount = 5;
const seed = 12345;

/**
 * nnU-Net's five-fold cross-validation: every case is validated in exactly one fold.
 * @param caseIds in any order
 * @throws SplitsError splits-too-few-cases for fewer than 5
 * Source: nnU-Net 2.8.1, generate_crossval_split (scikit-learn KFold, shuffle, random_state 12345).
 */
export function createSplits(caseIds: readonly string[]): Split[] {
  const ids = sortedByCodePoint(caseIds);
  if (ids.length < foldCount) {
    const message = `Five folds need at least ${foldCount} cases, but there are ${ids.length}`;
    const hint = 'Train fold "all", add cases, or write splits_final.json yourself.';
    throw new SplitsError('splits-too-few-cases', message, { hint });
  }
  const order = new RandomState(seed).permutation(ids.length);
  const splits: Split[] = [];
  let start = 0;
  for (let fold = 0; fold < foldCount; fold++) {
    const size = Math.floor(ids.length / foldCount) + (fold < ids.length % foldCount ? 1 : 0);
    const validation = new Set(order.slice(start, start + size));
    start += size;
    splits.push({
      train: ids.filter((_, index) => !validation.has(index)),
      val: ids.filter((_, index) => validation.has(index)),
    });
  }
  return splits;
}

/**
 * Cases of one fold: of the file if it has that fold; for "all" every case in both; for a higher number nnU-Net's
 * random 80:20 split, seeded by the fold.
 * @param allIds every case of the dataset, in any order
 * @throws SplitsError fold-invalid
 */
export function splitForFold(splits: readonly Split[], fold: Fold, allIds: readonly string[]): Split {
  const ids = sortedByCodePoint(allIds);
  if (fold === 'all') return { train: ids, val: ids };
  if (!Number.isInteger(fold) || fold < 0) {
    throw new SplitsError('fold-invalid', `A fold is a number from 0 or "all", not ${fold}`);
  }
  return splits[fold] ?? randomSplit(ids, fold);
}

function randomSplit(ids: readonly string[], fold: number): Split {
  const order = new RandomState(seed + fold).permutation(ids.length);
  const training = order.slice(0, Math.floor(ids.length * 0.8));
  const isTraining = new Set(training);
  return { train: training.map((index) => ids[index]!), val: ids.filter((_, index) => !isTraining.has(index)) };
}

/**
 * The folds with cases that none of them names yet: each is validated by one fold, the smallest, and trained on by the others. Who was
 * validated by a fold stays so, and what it was trained on, too.
 */
export function withNewCases(
  splits: readonly Split[],
  caseIds: readonly string[],
): { splits: Split[]; added: string[] } {
  const known = new Set(splits.flatMap(({ train, val }) => [...train, ...val]));
  const added = sortedByCodePoint(caseIds).filter((id) => !known.has(id));
  const grown = splits.map(({ train, val }) => ({ train: [...train], val: [...val] }));
  for (const id of added) {
    const smallest = grown.reduce((least, fold) => (fold.val.length < least.val.length ? fold : least));
    for (const fold of grown) (fold === smallest ? fold.val : fold.train).push(id);
  }
  const inOrder = grown.map(({ train, val }) => ({ train: sortedByCodePoint(train), val: sortedByCodePoint(val) }));
  return { splits: added.length > 0 ? inOrder : [...splits], added };
}

/** Text of splits_final.json as nnU-Net writes it. */
export function splitsToJson(splits: readonly Split[]): string {
  return stringifyJson(splits, { sortKeys: true });
}

/** Python's order of strings, by code point. */
function sortedByCodePoint(texts: readonly string[]): string[] {
  return [...texts].sort((a, b) => Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')));
}
