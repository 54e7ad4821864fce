import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { residualNeeds } from '../../../src/runs/residualChoices';

const gigabyte = 2 ** 30;

describe('what a residual encoder needs', () => {
  const large = { plannedGigabytes: 24, memoryBytes: 30 * gigabyte };

  it("is compared with the machine's memory where its processor trains", () => {
    assert.equal(
      residualNeeds(large, { isProcessor: true, memoryBytes: 16 * gigabyte }),
      'needs about 30.0 GB of memory; this machine has 16.0 GB: too little',
    );
    assert.equal(
      residualNeeds(large, { isProcessor: true, memoryBytes: 64 * gigabyte }),
      'needs about 30.0 GB of memory; this machine has 64.0 GB',
    );
  });

  it("is what nnU-Net plans it for, beside the GPU's memory, where a GPU trains", () => {
    assert.equal(
      residualNeeds(large, { isProcessor: false, memoryBytes: 8 * gigabyte }),
      'planned for a GPU with 24 GB; the one here has 8.0 GB: too little',
    );
    // As cards of 24 GB tell it.
    assert.doesNotMatch(residualNeeds(large, { isProcessor: false, memoryBytes: 23.6 * gigabyte }), /too little/);
  });

  it('is told without a comparison where nobody knows the memory', () => {
    assert.equal(residualNeeds(large, { isProcessor: false }), 'planned for a GPU with 24 GB');
    assert.equal(
      residualNeeds({ plannedGigabytes: 8 }, { isProcessor: true, memoryBytes: gigabyte }),
      'planned for a GPU with 8 GB',
    );
  });
});
