import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addProbabilities, divideProbabilities, labelsOfProbabilities } from '../../../src/method/meanProbabilities';

const labels = { usesRegions: false, allLabels: [0, 1, 2], regionsClassOrder: [] };
const regions = { usesRegions: true, allLabels: [0, 1, 2], regionsClassOrder: [1, 2] };

describe('the mean of probabilities', () => {
  it('is rounded to float32 at each step', () => {
    const sum = Float32Array.of(0.1, 1);
    addProbabilities(sum, Float32Array.of(0.2, 2 ** -24));
    assert.equal(sum[0], Math.fround(Math.fround(0.1) + Math.fround(0.2)));
    assert.equal(sum[1], 1);
    divideProbabilities(sum, 3);
    assert.equal(sum[1], Math.fround(1 / 3));
  });

  it('means the most probable label, of equals the lowest', () => {
    // Voxels: 0 and 1 are equal; 1 and 2 are equal; 2; 0.
    const probabilities = Float32Array.of(0.4, 0.2, 0.1, 0.5, 0.4, 0.4, 0.3, 0.3, 0.2, 0.4, 0.6, 0.2);
    assert.deepEqual([...labelsOfProbabilities(probabilities, labels)], [0, 1, 2, 0]);
  });

  it('of regions means each that is more probable than not, the later one over the earlier', () => {
    const probabilities = Float32Array.of(0.5, 0.51, 0.9, 0.2, 0.1, 0.5, 0.6, 0.7);
    assert.deepEqual([...labelsOfProbabilities(probabilities, regions)], [0, 1, 2, 2]);
  });

  it('has room for labels above 255', () => {
    const many = { ...labels, allLabels: [0, 300] };
    assert.deepEqual([...labelsOfProbabilities(Float32Array.of(0.1, 0.9), many)], [300]);
  });
});
