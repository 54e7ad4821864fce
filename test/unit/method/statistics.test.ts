import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agreement, boxPlot, median, quantile, standardDeviation } from '../../../src/method/statistics';
import { signedRankTest, upperTail } from '../../../src/method/wilcoxon';

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual}, ${expected}`);

describe('quantiles', () => {
  it('lie between values as those of numpy', () => {
    const values = [0.95, 0.5, 0.9, 0.7];
    near(quantile(values, 0.25), 0.65);
    near(median(values), 0.8);
    near(quantile(values, 0.75), 0.9125);
    assert.ok(Number.isNaN(median([])));
    assert.equal(quantile([1, Infinity, Infinity], 0.9), Infinity);
  });

  it('and deviations are those of a sample', () => {
    near(standardDeviation([1, 2, 3, 4]), Math.sqrt(5 / 3));
    assert.ok(Number.isNaN(standardDeviation([1])));
  });
});

describe('a box plot', () => {
  it('has whiskers to the last values within reach, and outliers beyond', () => {
    const plot = boxPlot([1, 2, 3, 4, 5, 100]);
    assert.deepEqual([plot?.lowerWhisker, plot?.median, plot?.upperWhisker, plot?.outliers], [1, 3.5, 5, [100]]);
    assert.equal(boxPlot([]), undefined);
    assert.deepEqual(boxPlot([2])?.outliers, []);
  });
});

describe('agreement', () => {
  it('is the bias and where 95 % of the differences lie', () => {
    const found = agreement([1, 2, 3]);
    near(found?.bias, 2);
    near(found?.lower, 2 - 1.96);
    near(found?.upper, 2 + 1.96);
    assert.equal(agreement([1]), undefined);
  });
});

/** From scipy 1.17.1: stats.wilcoxon(d, method="exact"), and for the others method="approx" with correction=True. */
const scipy: Record<string, [differences: number[], statistic: number, pValue: number, isExact: boolean]> = {
  'of 6': [[1.5, -0.5, 2.25, 3.1, -0.75, 4.2], 3, 0.15625, true],
  'of 10': [[0.03, -0.011, 0.052, 0.007, 0.091, -0.024, 0.043, 0.068, 0.019, -0.002], 9, 0.064453125, true],
  'of 25': [
    Array.from({ length: 25 }, (_, i) => (((i * 37) % 101) - 40) / 100 + i / 1000),
    108,
    0.14847958087921143,
    true,
  ],
  'all on one side': [[0.1, 0.2, 0.3, 0.4, 0.5], 0, 0.0625, true],
  'with ties': [[1, 1, 2, -1, 3, -2, 4, 4, 5, -3, 2, 1], 17, 0.08968255164138053, false],
  'with zeros': [[0, 0, 1, 2, -3, 4, 5.5, -6, 7.25], 9, 0.4468728207108308, false],
  'of 30': [
    Array.from({ length: 30 }, (_, i) => (((i * 53) % 97) - 35) / 50 + i / 997),
    147,
    0.08041056244281565,
    false,
  ],
};

describe("Wilcoxon's signed-rank test", () => {
  for (const [name, [differences, statistic, pValue, isExact]] of Object.entries(scipy)) {
    it(`gives scipy's values: ${name}`, () => {
      const test = signedRankTest(differences);
      assert.deepEqual([test?.statistic, test?.isExact], [statistic, isExact]);
      near(test?.pValue, pValue);
    });
  }

  it('has nothing to say where nothing differs', () => {
    assert.equal(signedRankTest([0, 0]), undefined);
    assert.equal(signedRankTest([]), undefined);
  });

  it('takes tails of the normal distribution, also far out', () => {
    for (const [z, tail] of [
      [0, 0.5],
      [0.5, 0.3085375387259869],
      [1.96, 0.024997895148220435],
      [3.3, 0.00048342414238377744],
      [6, 9.865876450376946e-10],
    ] as const) {
      near(upperTail(z), tail);
    }
  });
});
