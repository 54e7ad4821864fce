import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { cosineLearningRate, polyLearningRate, warmupPolyLearningRate } from '../../../src/method/schedule';
import { describeShared, sharedPath } from '../../shared';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-15, `${actual} ${expected}`);

describe('the learning rate', () => {
  it('falls from the initial one to nothing', () => {
    assert.equal(polyLearningRate(0.01, 0, 1000), 0.01);
    assert.equal(polyLearningRate(0.01, 1000, 1000), 0);
    assert.equal(polyLearningRate(0.01, 1200, 1000), 0);
  });

  it('can follow a cosine', () => {
    near(cosineLearningRate(0.01, 0, 100), 0.01);
    near(cosineLearningRate(0.01, 50, 100), 0.005);
    near(cosineLearningRate(0.01, 100, 100), 0);
  });

  it('can rise first', () => {
    assert.equal(warmupPolyLearningRate(0.01, 0, 1000, 50), 0);
    near(warmupPolyLearningRate(0.01, 25, 1000, 50), 0.005);
    near(warmupPolyLearningRate(0.01, 50, 1000, 50), 0.01);
  });
});

describeShared('the learning rate of a real run', () => {
  it('is that of each of its 1000 epochs', () => {
    const file = 'data/reference-runs/Dataset004_Hippocampus/ExperimentPlanner/fold_0/progress.csv';
    const rows = readFileSync(sharedPath(file), 'utf8').trim().split('\n').slice(1);
    assert.equal(rows.length, 1000);
    rows.forEach((row, epoch) => {
      const [, , , learningRate] = row.slice(row.indexOf(']"') + 2).split(',');
      near(polyLearningRate(0.01, epoch, 1000), Number(learningRate));
    });
  });
});
