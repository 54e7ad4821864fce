import assert from 'node:assert/strict';
import { it } from 'node:test';
import { countElements } from '../../../src/method/countElements';

it('multiplies extents', () => {
  assert.equal(countElements([2, 3, 4]), 24);
  assert.equal(countElements([]), 1);
  assert.equal(countElements([5, 0]), 0);
});

it('counts nothing that is no count, or too large to be told exactly', () => {
  for (const shape of [[-1, -1], [1.5], [NaN], [Infinity, 0], [2 ** 27, 2 ** 27], [0, 2 ** 50, 2 ** 50]]) {
    assert.equal(countElements(shape), undefined, String(shape));
  }
});
