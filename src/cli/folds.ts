/** Reads what stands behind -f: one fold for training, several for prediction. */
import type { Fold } from '../dataset/results';
import { UsageError } from '../method/errors';

/** "0", "7" or "all". */
export function parseFold(text: string): Fold {
  if (text === 'all') return 'all';
  if (/^\d+$/.test(text) && Number(text) <= 99999) return Number(text);
  throw new UsageError('bad-fold', `"${text}" is not a fold`, {
    hint: 'Give 0 to 4, "all" for training on every case, or 5 and more for random 80:20 splits.',
  });
}

/** `-f 0 1 2`, `-f 0,1,2`, `-f all`, in the order given, each once. */
export function parseFolds(words: readonly string[]): Fold[] {
  const folds = words
    .flatMap((word) => word.split(','))
    .filter((word) => word !== '')
    .map(parseFold);
  if (folds.length === 0)
    throw new UsageError('bad-fold', 'No fold was given after -f', { hint: 'Give for example -f 0 1 2.' });
  return [...new Set(folds)];
}
