import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sparkline } from '../../../src/runs/sparkline';

describe('a sparkline', () => {
  it('goes from the lowest to the highest block', () => assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), '▁▂▃▄▅▆▇█'));

  it('averages a long curve down to its width', () => {
    const line = sparkline(
      Array.from({ length: 10_000 }, (_, at) => at),
      8,
    );
    assert.equal(line, '▁▂▃▄▅▆▇█');
  });

  it('leaves a gap where there is no value', () => assert.equal(sparkline([0, null, NaN, 1]), '▁  █'));

  it('draws a constant curve in the middle, and nothing for no values', () => {
    assert.equal(sparkline([3, 3, 3]), '▅▅▅');
    assert.equal(sparkline([]), '');
    assert.equal(sparkline([null, NaN]), '');
  });
});
