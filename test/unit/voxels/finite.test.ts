import assert from 'node:assert/strict';
import { it } from 'node:test';
import { firstNonFinite } from '../../../src/voxels/finite';

for (const value of [NaN, Infinity, -Infinity]) {
  it(`finds the first ${value}, wherever it is`, () => {
    for (const array of [new Float32Array(9), new Float64Array(9)]) {
      for (const at of [0, 4, 8]) {
        const values = array.slice();
        values.fill(value, at);
        assert.equal(firstNonFinite(values), at);
      }
    }
  });
}

it('finds nothing among finite values, however large, nor among none', () => {
  assert.equal(firstNonFinite(Float32Array.of(3.4e38, -3.4e38, 0, -0, 1e-45)), undefined);
  assert.equal(firstNonFinite(Float64Array.of(1.7e308, -1.7e308)), undefined);
  assert.equal(firstNonFinite(new Float32Array(0)), undefined);
});
