import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSplits, splitForFold, type Split } from '../../../src/method/splits';
import { requireTrainable, validateSplits, warningsAbout } from '../../../src/method/splitsFile';

const ids = ['rt_001', 'rt_002', 'rt_003', 'rt_004', 'rt_005', 'rt_006'];
const good: Split = { train: ids.slice(0, 4), val: ids.slice(4) };

describe('splits_final.json written by hand', () => {
  it('is refused in words that fit what it is', () => {
    const mistakes: [unknown, RegExp, RegExp][] = [
      [null, /list of folds/, /delete it/],
      [[], /list of folds/, /delete it/],
      [good, /this is a single fold/, /Write \[ before it/],
      [[good, 3], /Fold 1 must be an object/, /list of/],
      [[{ training: ids, validation: ids }], /Fold 0 needs .*but it has "training" and "validation"/, /list of/],
      [[{ train: ['a'] }], /Fold 0 needs .*but it has "train"/, /list of/],
      [[{ train: 'a', val: [] }], /"train" of fold 0 must be a list .*has "a"/, /list of/],
      [[{ train: ['a'], val: [1] }], /"val" of fold 0 .*in double quotes, but it has 1/, /list of/],
      [[{ train: [], val: ['a'] }], /Fold 0 has no training cases/, /list of/],
    ];
    for (const [value, message, hint] of mistakes)
      assert.throws(() => validateSplits(value), { code: 'splits-invalid', message, hint });
    assert.deepEqual(validateSplits([good]), [good]);
  });

  it('names cases that are there, by their ids alone', () => {
    requireTrainable(good, 0, ids);
    const renamed = (ending: string): Split => ({
      train: good.train.map((id) => id + ending),
      val: good.val.map((id) => id + ending),
    });
    for (const ending of ['.nii.gz', '_0000', '_0000.nii.gz']) {
      const hint = /without file ending and channel number, like "rt_001"/;
      assert.throws(() => requireTrainable(renamed(ending), 0, ids), { code: 'split-unknown-case', hint });
    }
    const removed = { ...good, train: [...good.train, 'rt_099'] };
    assert.throws(() => requireTrainable(removed, 0, ids), {
      message: /Fold 0 names a case that is not there: rt_099/,
    });
  });

  it('validates on something', () => {
    assert.throws(() => requireTrainable({ train: ids, val: [] }, 2, ids), { code: 'split-empty', hint: /fold "all"/ });
  });

  it('is warned of as nnU-Net does', () => {
    const about = (split: Split, fold: number | 'all' = 0, splits = [split]) =>
      warningsAbout(splits, fold, split).map(({ code, message }) => `${code}: ${message}`);
    assert.deepEqual(about(good), []);
    assert.deepEqual(about({ train: ids, val: ids }, 'all'), []);
    const [overlap] = about({ train: ids.slice(0, 5), val: ids.slice(3) });
    assert.match(overlap!, /split-overlap: Some validation cases of fold 0 are also in .*: rt_004, rt_005\./);
    const [twice] = about({ train: [...good.train, 'rt_001'], val: [...good.val, 'rt_005'] });
    assert.match(twice!, /split-repeated: .*seen more often than the others: rt_001; .*once all the same: rt_005/);
    const [beyond] = about(splitForFold([good], 3, ids), 3, [good]);
    assert.match(beyond!, /split-fold-beyond: .*has 1 fold, and fold 3 is not .*4 training and 2 validation cases/);
    for (const fold of [0, 1, 2, 3, 4]) assert.deepEqual(about(createSplits(ids)[fold]!, fold, createSplits(ids)), []);
  });
});
