import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { it } from 'node:test';
import {
  caseMetrics,
  metricNames,
  metricsFromCounts,
  readSummary,
  summarize,
  summaryToJson,
  type Summary,
} from '../../src/method/evaluation';
import { parseLabelOrRegionKey } from '../../src/method/labels';
import { describeShared, hasShared, sharedPath } from '../shared';

/** Every summary.json that a real nnU-Net left in the shared data. */
const files = hasShared
  ? ['spec/golden', 'data/hippocampus', 'data/reference-runs'].flatMap((folder) => {
      const names = readdirSync(sharedPath(folder), { recursive: true }).map(String);
      return names.filter((name) => name.endsWith('summary.json')).map((name) => sharedPath(folder, name));
    })
  : [];

/** The summary computed anew from nothing but the counts of each case. */
function recompute(summary: Summary): Summary {
  const keys = Object.keys(summary.mean);
  const labels = keys.map((key) => parseLabelOrRegionKey(key)!);
  const cases = summary.metric_per_case.map(({ metrics, prediction_file, reference_file }) => {
    const counts = keys.map((key) => {
      const { TP, FP, FN, TN } = metrics[key]!;
      return { tp: TP, fp: FP, fn: FN, tn: TN };
    });
    return caseMetrics(counts, labels, { prediction_file, reference_file });
  });
  return summarize(cases, labels);
}

describeShared('summaries of real nnU-Net runs', () => {
  it('has summaries of many runs to compare with', () => {
    assert.ok(files.length >= 79, `${files.length} files`);
  });

  it('recomputes every metric of every case exactly from its counts', () => {
    let compared = 0;
    for (const file of files) {
      for (const { metrics } of readSummary(readFileSync(file, 'utf8'), file).metric_per_case) {
        for (const expected of Object.values(metrics)) {
          const { TP: tp, FP: fp, FN: fn, TN: tn } = expected;
          assert.deepEqual(metricsFromCounts({ tp, fp, fn, tn }), expected, file);
          compared += metricNames.length;
        }
      }
    }
    assert.ok(compared > 30_000, `${compared} values`);
  });

  it('writes every summary anew, byte for byte, means included', () => {
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      assert.equal(summaryToJson(recompute(readSummary(text, file))), text.trimEnd(), relative(sharedPath(), file));
    }
  });
});
