import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { grouped, millilitres, threeDigits } from '../../../src/words/quantities';

describe('measured numbers', () => {
  it('have three digits, and all of them from 100 on', () => {
    assert.deepEqual([0.25, 38.512, 42, 120.4].map(threeDigits), ['0.25', '38.5', '42', '120']);
    assert.deepEqual([0, 0.00123, 3.2111, 43.25, 1512.4].map(millilitres), ['0', '0.00123', '3.21', '43.3', '1,512']);
  });

  it('that are small are seen to be small', () => {
    assert.equal(millilitres(0.0000123), '1.2e-5');
  });

  it('have their thousands told apart, and lose nothing by it', () => {
    assert.deepEqual([999, 1832, 1512345.25, 0.000012].map(grouped), ['999', '1,832', '1,512,345.25', '0.000012']);
  });
});
