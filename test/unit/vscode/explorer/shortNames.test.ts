import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shortNames } from '../../../../src/vscode/explorer/shortNames';

const shown = (...names: string[]): string[] => names.map(shortNames(names));

describe('names of cases in a narrow list', () => {
  it('lose the long beginning that all have, but for its last word', () => {
    assert.deepEqual(shown('hippocampus_of_the_left_side_patient_083', 'hippocampus_of_the_left_side_patient_091'), [
      '…patient_083',
      '…patient_091',
    ]);
    assert.deepEqual(shown('study-of-lungs.visit.001_baseline', 'study-of-lungs.visit.002_baseline'), [
      '…visit.001_baseline',
      '…visit.002_baseline',
    ]);
  });

  it('stay whole where they are short, differ early, or are alone', () => {
    for (const names of [
      ['sample_001', 'sample_002'],
      ['a_patient_of_the_first_hospital_1', 'b_patient_of_the_second_hospital_2'],
      ['hippocampus_of_the_left_hemisphere_patient_083'],
      ['withoutanyseparatorsinside001', 'withoutanyseparatorsinside002'],
      [],
    ])
      assert.deepEqual(shown(...names), names);
  });
});
