import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RandomState } from '../../../src/method/randomState';
import { createSplits, splitForFold, withNewCases } from '../../../src/method/splits';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${String(index).padStart(2, '0')}`);

describe('random numbers', () => {
  it('are those of the reference Mersenne Twister', () => {
    const random = new RandomState(5489);
    const values = Array.from({ length: 10_000 }, () => random.uint32());
    assert.equal(values[0], 3499211612);
    assert.equal(values[9999], 4123659995);
  });

  it('permute as numpy does', () => {
    assert.deepEqual(new RandomState(12345).permutation(6), [5, 3, 4, 0, 1, 2]);
  });

  it('stay within bounds and consume nothing where there is nothing to choose', () => {
    const random = new RandomState(1);
    assert.equal(random.integer(0), 0);
    assert.equal(random.uint32(), new RandomState(1).uint32());
    const drawn = new Set(Array.from({ length: 500 }, () => random.integer(4)));
    assert.deepEqual([...drawn].sort(), [0, 1, 2, 3, 4]);
    assert.ok(random.integer(0xffffffff) >= 0);
  });
});

describe('splits', () => {
  it('validate each case in exactly one fold, the one nnU-Net chooses', () => {
    const splits = createSplits(ids(23).reverse());
    const expected = [
      [3, 8, 10, 17, 19],
      [0, 7, 12, 15, 16],
      [6, 11, 14, 18, 20],
      [9, 13, 21, 22],
      [1, 2, 4, 5],
    ];
    assert.deepEqual(
      splits.map(({ val }) => val.map((id) => Number(id.slice(1)))),
      expected,
    );
    for (const { train, val } of splits) assert.deepEqual([...train, ...val].sort(), ids(23));
  });

  it('need at least five cases', () => {
    assert.throws(() => createSplits(ids(4)), { code: 'splits-too-few-cases', hint: /fold "all"/ });
  });

  it('train and validate on everything in fold "all"', () => {
    assert.deepEqual(splitForFold([], 'all', ['b', 'a']), { train: ['a', 'b'], val: ['a', 'b'] });
  });

  it('take a fold of the file as it is', () => {
    const split = { train: ['b'], val: ['a'] };
    assert.equal(splitForFold([split], 0, ['a', 'b']), split);
  });

  it('split 80:20 by a seed for folds beyond the file', () => {
    const splits = createSplits(ids(23));
    const fifth = splitForFold(splits, 5, ids(23));
    assert.equal(fifth.train.length, 18);
    assert.deepEqual([...fifth.train, ...fifth.val].sort(), ids(23));
    assert.deepEqual(splitForFold(splits, 5, ids(23).reverse()), fifth);
    assert.notDeepEqual(splitForFold(splits, 6, ids(23)).val, fifth.val);
    const order = new RandomState(12345 + 5).permutation(23);
    assert.deepEqual(
      fifth.train,
      order.slice(0, 18).map((index) => ids(23)[index]),
    );
  });

  it('refuse folds that are none', () => {
    for (const fold of [-1, 1.5, NaN]) assert.throws(() => splitForFold([], fold, ids(5)), { code: 'fold-invalid' });
  });

  it('take in new cases, each validated once, and leave the others where they are', () => {
    const before = createSplits(ids(12));
    const { splits, added } = withNewCases(before, [...ids(12), 'new_b', 'new_a']);
    assert.deepEqual(added, ['new_a', 'new_b']);
    for (const [fold, { train, val }] of splits.entries()) {
      assert.deepEqual(
        val.filter((id) => !id.startsWith('new')),
        before[fold]!.val,
      );
      assert.deepEqual([...train, ...val].sort(), [...ids(12), 'new_a', 'new_b'].sort());
    }
    for (const id of added) assert.equal(splits.filter(({ val }) => val.includes(id)).length, 1);
    const sizes = splits.map(({ val }) => val.length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    assert.deepEqual(withNewCases(before, ids(12)), { splits: before, added: [] });
  });
});
