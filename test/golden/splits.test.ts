import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readSummary } from '../../src/method/evaluation';
import { parseJson } from '../../src/method/jsonReader';
import { createSplits, splitsToJson } from '../../src/method/splits';
import { validateSplits } from '../../src/method/splitsFile';
import { describeShared, sharedPath } from '../shared';

const text = (...parts: string[]) => readFileSync(sharedPath(...parts), 'utf8');

describeShared('splits of real nnU-Net runs', () => {
  it('writes the toy run’s splits_final.json byte for byte', () => {
    const expected = text('spec/golden/nnUNet_preprocessed/Dataset777_Toy/splits_final.json');
    assert.equal(splitsToJson(createSplits(['c4', 'c0', 'c5', 'c1', 'c3', 'c2'])), expected);
    assert.equal(validateSplits(parseJson(expected)).length, 5);
  });

  it('validates the 260 Hippocampus cases in the folds in which nnU-Net validated them', () => {
    const folds = parseJson(text('data/hippocampus/reference-50epochs/nnunet_5fold_validation_ids.json'));
    const expected = Object.values(folds as Record<string, string[]>);
    const splits = createSplits(expected.flat());
    assert.equal(expected.flat().length, 260);
    assert.deepEqual(
      splits.map((split) => split.val),
      expected.map((ids) => [...ids].sort()),
    );
  });

  for (const dataset of ['Dataset002_Heart', 'Dataset004_Hippocampus', 'Dataset005_Prostate']) {
    it(`validates the cases of ${dataset} in the folds of its reference runs`, () => {
      const expected = [0, 1, 2, 3, 4].map((fold) => {
        const file = ['data/reference-runs', dataset, 'ExperimentPlanner', `fold_${fold}`, 'summary.json'];
        const cases = readSummary(text(...file)).metric_per_case;
        return cases.map(({ prediction_file }) => /([^/]+)\.nii\.gz$/.exec(prediction_file)![1]!).sort();
      });
      const splits = createSplits(expected.flat());
      assert.deepEqual(
        splits.map((split) => split.val),
        expected,
      );
    });
  }
});
