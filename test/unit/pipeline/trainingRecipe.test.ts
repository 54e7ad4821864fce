import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resumedSchedule, trainingRecipe } from '../../../src/pipeline/trainingRecipe';

describe('the training recipe', () => {
  it("is nnU-Net's at full length", () => {
    assert.deepEqual(trainingRecipe({}).schedule, {
      optimizer: 'sgd',
      initialLearningRate: 1e-2,
      weightDecay: 3e-5,
      momentum: 0.99,
      policy: 'poly',
      epochs: 1000,
      budgetSeconds: null,
      iterationsPerEpoch: 250,
      validationIterationsPerEpoch: 50,
    });
  });

  it('validates a fifth of the training iterations, at least one', () => {
    assert.equal(trainingRecipe({ epochs: 1, iterationsPerEpoch: 3 }).schedule.validationIterationsPerEpoch, 1);
    assert.equal(trainingRecipe({ epochs: 1, iterationsPerEpoch: 60 }).schedule.validationIterationsPerEpoch, 12);
  });

  it('takes a length in epochs or in time, never both', () => {
    const inTime = trainingRecipe({ budgetSeconds: 900 });
    assert.deepEqual([inTime.schedule.epochs, inTime.schedule.budgetSeconds], [null, 900]);
    assert.equal(inTime.schedule.optimizer, 'adamw');
    assert.ok(inTime.reason.length > 0);
    assert.equal(trainingRecipe({ budgetSeconds: 10 * 3600 }).schedule.optimizer, 'sgd');
  });

  it('takes smaller steps than planned in a short budget only', () => {
    const planned = { batchSize: 9, patchSize: [40, 56, 40] };
    assert.equal(trainingRecipe({ budgetSeconds: 900 }, planned).schedule.batchSize, 2);
    assert.equal(
      trainingRecipe({ budgetSeconds: 900 }, { batchSize: 2, patchSize: [128, 128, 128] }).schedule.batchSize,
      undefined,
    );
    assert.equal(
      trainingRecipe({ budgetSeconds: 900 }, { batchSize: 366, patchSize: [56, 40] }).schedule.batchSize,
      80,
    );
    assert.equal(trainingRecipe({ epochs: 50 }, planned).schedule.batchSize, undefined);
  });

  it('gives way to what was asked for', () => {
    const { schedule } = trainingRecipe(
      { budgetSeconds: 900, optimizer: 'sgd', policy: 'cosine', learningRate: 0.02, batchSize: 5, elastic: true },
      { batchSize: 9, patchSize: [40, 56, 40] },
    );
    assert.deepEqual(
      [
        schedule.optimizer,
        schedule.momentum,
        schedule.policy,
        schedule.initialLearningRate,
        schedule.batchSize,
        schedule.elastic,
      ],
      ['sgd', 0.99, 'cosine', 0.02, 5, true],
    );
  });
});

describe('a resumed training', () => {
  const before = trainingRecipe({ budgetSeconds: 900 }).schedule;
  const reached = { epoch: 12, elapsedSeconds: 400 };

  it('has what is left of its length, and its optimizer', () => {
    assert.deepEqual(resumedSchedule(before, {}, reached).schedule, before);
  });
  it('takes a new total of epochs', () => {
    const { schedule } = resumedSchedule(before, { epochs: 30 }, reached);
    assert.deepEqual([schedule.epochs, schedule.budgetSeconds, schedule.optimizer], [30, null, 'adamw']);
  });
  it('takes further time, counted from now', () => {
    assert.equal(resumedSchedule(before, { budgetSeconds: 600 }, reached).schedule.budgetSeconds, 1000);
  });
  it("follows nnU-Net's recipe where nnU-Net itself began it", () => {
    assert.equal(resumedSchedule(undefined, { epochs: 5 }, reached).schedule.optimizer, 'sgd');
  });
});
