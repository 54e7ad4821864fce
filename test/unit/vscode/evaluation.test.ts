import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Summary } from '../../../src/method/evaluation';
import { classNames } from '../../../src/method/classNames';
import { summaryFailurePage, summaryPage } from '../../../src/vscode/evaluation/summaryPage';
import { summaryTable } from '../../../src/vscode/evaluation/summaryTable';
import { scoredCases } from '../../../src/pipeline/scoredCases';

const folder = '/r/Dataset004_Hippocampus/nnUNetTrainer__nnUNetPlans__2d/fold_0/validation';

function summaryOf(dice: Record<string, Record<string, number>>): Summary {
  const metrics = (value: number) => ({ Dice: value, IoU: 0, FP: 0, TP: 0, FN: 0, TN: 0, n_pred: 0, n_ref: 0 });
  const of = (values: Record<string, number>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, metrics(value)]));
  return {
    foreground_mean: metrics(0),
    mean: {},
    metric_per_case: Object.entries(dice).map(([id, values]) => ({
      ...{ metrics: of(values), prediction_file: `/elsewhere/${id}.nii.gz`, reference_file: `/labels/${id}.nii.gz` },
    })),
  };
}

const tableOf = (dice: Record<string, Record<string, number>>, labels: Parameters<typeof classNames>[0] = {}) =>
  summaryTable(folder, scoredCases(summaryOf(dice), folder), classNames(labels));

const options = {
  ...{ nonce: 'n0nce', language: 'en', openJson: 'command:json?%5B%5D' },
  openCase: (id: string) => `command:open?${encodeURIComponent(id)}`,
};

describe('the summary of an evaluation', () => {
  const hippocampus = { background: 0, Anterior: 1, Posterior: 2 };

  it('has the labels by name, with mean, median and lowest Dice of the cases that have them', () => {
    const { dataset, title, text, labels } = tableOf(
      { a: { 1: 0.9, 2: 0.5 }, b: { 1: 0.6, 2: NaN }, c: { 1: 0.9, 2: 0.7 }, d: { 1: 0.8, 2: NaN } },
      hippocampus,
    );
    assert.deepEqual([dataset, title], ['Dataset004_Hippocampus', '2d, fold 0: validation']);
    // The means of the cases: 0.7, 0.6, 0.8 and 0.8.
    assert.match(text, /^4 cases, mean Dice 0\.725, median 0\.750\./);
    assert.deepEqual(labels, [
      { name: 'Anterior', mean: '0.800', median: '0.850', lowest: '0.600', cases: '4' },
      { name: 'Posterior', mean: '0.600', median: '0.600', lowest: '0.500', cases: '2' },
    ]);
  });

  it('of a folder of masks names the dataset of the reference they were compared with', () => {
    const [one] = scoredCases(summaryOf({ a: { 1: 0.9 } }), '/out/second try');
    const cases = [{ ...one!, reference: '/r/nnUNet_raw/Dataset004_Hippocampus/labelsTr/a.nii.gz' }];
    const titles = [cases, [one!]].map((of) => {
      const { dataset, title } = summaryTable('/out/second try', of, {});
      return [dataset, title];
    });
    assert.deepEqual(titles, [
      ['Dataset004_Hippocampus', 'second try'],
      [undefined, 'second try'],
    ]);
  });

  it('lists the worst case first and one without any label last', () => {
    const { cases } = tableOf({ good: { 1: 0.9 }, none: { 1: NaN }, bad: { 1: 0.2 } }, { Anterior: 1 });
    assert.deepEqual(cases, [
      { id: 'bad', mean: '0.200', dice: ['0.200'] },
      { id: 'good', mean: '0.900', dice: ['0.900'] },
      { id: 'none', mean: 'absent', dice: ['absent'] },
    ]);
  });

  it('names regions, and what has no name by its number', () => {
    const { labels } = tableOf(
      { a: { '(1, 2)': 0.5, '(3,)': 0.4, '10': 0.1, '9': 0.1 } },
      { background: 0, whole: [1, 2], core: [3] },
    );
    assert.deepEqual(labels.map(({ name }) => name).sort(), ['core', 'label 10', 'label 9', 'whole']);
    assert.equal(tableOf({ a: { '(1, 2)': 1 } }).labels[0]!.name, 'labels 1, 2');
  });

  it('is a page whose cases are links, and whose names are text', () => {
    const page = summaryPage(tableOf({ '<b>"1': { 1: 0.25 } }, { '<script>': 1 }), options);
    assert.match(page, /<a href="command:open\?%3Cb%3E%221"[^>]*>&lt;b&gt;&quot;1<\/a>/);
    assert.match(page, /<td>0\.250<\/td>/);
    assert.match(page, /href="command:json\?%5B%5D">Open as JSON/);
    assert.doesNotMatch(page, /<script|style="|<b>/);
  });

  it('that can not be read says why, and can still be opened as JSON', () => {
    const page = summaryFailurePage('validation', ['It must be a JSON object', 'Evaluate again.'], options);
    assert.match(page, /role="alert">It must be a JSON object/);
    assert.match(page, /Open as JSON/);
  });
});
