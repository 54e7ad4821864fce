import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  caseMetrics,
  metricsFromCounts,
  readSummary,
  summarize,
  summaryToJson,
  type ConfusionCounts,
} from '../../../src/method/evaluation';
import { mean, nanMean } from '../../../src/method/means';

const absent: ConfusionCounts = { tp: 0, fp: 0, fn: 0, tn: 100 };
const half: ConfusionCounts = { tp: 5, fp: 5, fn: 5, tn: 85 };
const missed: ConfusionCounts = { tp: 0, fp: 0, fn: 10, tn: 90 };
const files = { prediction_file: 'p.nii.gz', reference_file: 'r.nii.gz' };

describe('metrics of a class in a case', () => {
  it('are Dice, IoU and the counts', () => {
    const { Dice, IoU, n_pred, n_ref } = metricsFromCounts(half);
    assert.deepEqual([Dice, IoU, n_pred, n_ref], [0.5, 1 / 3, 10, 10]);
  });

  it('have no Dice if the class is in neither map, and 0 if it is in one', () => {
    assert.ok(Number.isNaN(metricsFromCounts(absent).Dice));
    assert.ok(Number.isNaN(metricsFromCounts(absent).IoU));
    assert.equal(metricsFromCounts(missed).Dice, 0);
    assert.equal(metricsFromCounts({ tp: 0, fp: 3, fn: 0, tn: 97 }).Dice, 0);
  });
});

describe('a summary', () => {
  it('leaves cases without the class out of the class mean of Dice, but not of the counts', () => {
    const summary = summarize([caseMetrics([half], [1], files), caseMetrics([absent], [1], files)], [1]);
    assert.equal(summary.mean['1']!.Dice, 0.5);
    assert.equal(summary.mean['1']!.TP, 2.5);
  });

  it('has no foreground mean if a class is in no case at all', () => {
    const summary = summarize([caseMetrics([half, absent], [1, 2], files)], [1, 2]);
    assert.equal(summary.mean['1']!.Dice, 0.5);
    assert.ok(Number.isNaN(summary.foreground_mean.Dice));
    assert.equal(summary.foreground_mean.TP, 2.5);
  });

  it('leaves the background out of the foreground mean', () => {
    const summary = summarize([caseMetrics([missed, half], [0, 1], files)], [0, 1]);
    assert.equal(summary.foreground_mean.Dice, 0.5);
  });

  it('needs at least one case', () => {
    assert.throws(() => summarize([], [1]), { code: 'no-cases' });
  });

  it('is written with sorted keys, tuples as region keys, bare NaN, and comes back the same', () => {
    const regions = [[1, 2], 2];
    const summary = summarize([caseMetrics([half, absent], regions, files)], regions);
    const text = summaryToJson(summary);
    assert.match(text.replace(/\s/g, ''), /"mean":\{"\(1,2\)":\{"Dice":0\.5,"FN":5\.0/);
    assert.match(text, /"Dice": NaN/);
    assert.match(text.replace(/\s/g, ''), /"metrics":\{"\(1,2\)":\{"Dice":0\.5,"FN":5,/);
    assert.deepEqual(readSummary(text), summary);
  });

  it('reads null as NaN', () => {
    const text = summaryToJson(summarize([caseMetrics([absent], [1], files)], [1])).replaceAll('NaN', 'null');
    assert.ok(Number.isNaN(readSummary(text).foreground_mean.Dice));
  });

  it('is refused when it is none', () => {
    for (const value of [[], {}, { metric_per_case: [], mean: {}, foreground_mean: 3 }]) {
      assert.throws(() => readSummary(value, 's.json'), { code: 'summary-invalid' });
    }
    assert.throws(() => readSummary('{"mean": ', 's.json'), { code: 'json-invalid' });
  });
});

describe('means', () => {
  it('add up in blocks, as numpy does, for any number of values', () => {
    for (const count of [1, 7, 8, 9, 128, 129, 300, 1001]) {
      const values = Array.from({ length: count }, (_, index) => index + 0.25);
      assert.ok(Math.abs(mean(values) - ((count - 1) / 2 + 0.25)) < 1e-9, String(count));
    }
  });

  it('split long lists at a multiple of eight, which decides what rounding swallows', () => {
    const values = Array<number>(300).fill(0);
    [values[0], values[144], values[299]] = [1, 1e16, -1e16];
    assert.equal(mean(values) * 300, 1);
  });

  it('are NaN of nothing', () => {
    assert.ok(Number.isNaN(mean([])));
    assert.ok(Number.isNaN(nanMean([NaN])));
    assert.equal(nanMean([NaN, 2, 4]), 3);
  });
});
