/** What a splits_final.json written by hand says: whether it is one, whether a fold can be trained, and what should be known about it. */
import { counted } from '../words/counted';
import { SplitsError } from './errors';
import { isObject, isStringList, show } from './jsonShape';
import type { Fold, Split } from './splits';

/** Something to know about a fold that stops nothing. */
export interface SplitWarning {
  code: 'split-fold-beyond' | 'split-overlap' | 'split-repeated';
  message: string;
}

const form = 'It must be a list of {"train": [case ids], "val": [case ids]}; delete it to have it made anew.';

/**
 * Checks a parsed splits_final.json. Folds may share cases, as in nnU-Net, but not lack a side.
 * @throws SplitsError splits-invalid
 */
export function validateSplits(value: unknown, file = 'splits_final.json'): Split[] {
  const fail = (message: string, hint = form, keyPath: (string | number)[] = []): never => {
    throw new SplitsError('splits-invalid', message, { where: file, keyPath, hint });
  };
  if (isObject(value) && 'train' in value) {
    fail('There must be a list of folds, but this is a single fold', 'Write [ before it and ] after it.');
  }
  if (!Array.isArray(value) || value.length === 0) fail('There must be a list of folds');
  (value as unknown[]).forEach((fold, index) => {
    if (!isObject(fold)) return fail(`Fold ${index} must be an object with "train" and "val"`, form, [index]);
    for (const side of ['train', 'val'] as const) {
      const ids = fold[side];
      if (ids === undefined) {
        const keys = Object.keys(fold).map(show).join(' and ');
        fail(`Fold ${index} needs the case ids of "train" and "val", but it has ${keys || 'nothing'}`, form, [index]);
      }
      if (!isStringList(ids)) {
        const wrong = Array.isArray(ids) ? ids.find((id) => typeof id !== 'string') : ids;
        const message = `"${side}" of fold ${index} must be a list of case ids in double quotes, but it has ${show(wrong)}`;
        fail(message, form, [index, side]);
      }
    }
    if ((fold.train as string[]).length === 0) fail(`Fold ${index} has no training cases`, form, [index, 'train']);
  });
  return value as Split[];
}

/**
 * Refuses what would end a training after hours: cases that are not there, a fold that validates nothing.
 * @throws SplitsError split-unknown-case, split-empty
 */
export function requireTrainable(
  { train, val }: Split,
  fold: Fold,
  allIds: readonly string[],
  where = 'splits_final.json',
): void {
  const known = new Set(allIds);
  const unknown = [...new Set([...train, ...val])].filter((id) => !known.has(id));
  const keyPath = typeof fold === 'number' ? [fold] : [];
  if (unknown.length > 0) {
    const meant = unknown.map((id) => meantCase(id, known)).find((id) => id !== undefined);
    const message = `Fold ${fold} names ${unknown.length === 1 ? 'a case that is' : `${counted(unknown.length, 'case')} that are`} not there: ${shortList(unknown)}`;
    const hint =
      meant === undefined
        ? 'Correct or delete the file, or add the cases.'
        : `Write case ids without file ending and channel number, like "${meant}".`;
    throw new SplitsError('split-unknown-case', message, { where, keyPath, hint });
  }
  if (val.length === 0) {
    const hint = 'Name at least one, or train fold "all", which trains and validates on every case.';
    throw new SplitsError('split-empty', `Fold ${fold} has no validation cases`, { where, keyPath, hint });
  }
}

/** The case whose id has an ending or a channel number too much. */
function meantCase(id: string, known: ReadonlySet<string>): string | undefined {
  for (let shorter = id; shorter !== ''; shorter = shorter.replace(/(_\d{4}|\.[^.]*)$/, '')) {
    if (known.has(shorter)) return shorter;
    if (!/(_\d{4}|\.[^.]*)$/.test(shorter)) return undefined;
  }
  return undefined;
}

/** What nnU-Net says about a fold before it trains it, and what of it is done here. */
export function warningsAbout(splits: readonly Split[], fold: Fold, split: Split): SplitWarning[] {
  if (fold === 'all') return [];
  const warnings: SplitWarning[] = [];
  const { train, val } = split;
  if (fold >= splits.length) {
    const folds = counted(splits.length, 'fold');
    const message = `splits_final.json has ${folds}, and fold ${fold} is not among them: a random split, seeded by the fold, is used instead, of ${train.length} training and ${counted(val.length, 'validation case')} (80:20).`;
    warnings.push({ code: 'split-fold-beyond', message });
  }
  const training = new Set(train);
  const both = [...new Set(val)].filter((id) => training.has(id));
  if (both.length > 0) {
    const message = `Some validation cases of fold ${fold} are also in its training set, so that it will look better than it is: ${shortList(both)}. Ignore this if it is intended.`;
    warnings.push({ code: 'split-overlap', message });
  }
  const [twiceTrained, twiceValidated] = [repeated(train), repeated(val)];
  if (twiceTrained.length + twiceValidated.length > 0) {
    const effects = [
      ...(twiceTrained.length > 0 ? [`in "train", seen more often than the others: ${shortList(twiceTrained)}`] : []),
      ...(twiceValidated.length > 0 ? [`in "val", validated once all the same: ${shortList(twiceValidated)}`] : []),
    ];
    warnings.push({ code: 'split-repeated', message: `Fold ${fold} names cases twice: ${effects.join('; ')}.` });
  }
  return warnings;
}

function repeated(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

function shortList(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(', ')}, …` : ids.join(', ');
}
