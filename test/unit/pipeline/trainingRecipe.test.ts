import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireLossFits, resumedSchedule, trainingRecipe } from '../../../src/pipeline/trainingRecipe';

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

  it("is that of nnU-Net's trainer class where one is named, and what is asked for comes before it", () => {
    const warm = trainingRecipe({ trainer: 'nnUNetTrainer_warmup' }).schedule;
    assert.deepEqual([warm.warmupEpochs, warm.epochs, warm.optimizer], [50, 1000, 'sgd']);
    const adam = trainingRecipe({ trainer: 'nnUNetTrainerAdam3en4', loss: 'dice' }).schedule;
    assert.deepEqual([adam.optimizer, adam.initialLearningRate, adam.loss], ['amsgrad', 3e-4, 'dice']);
    assert.equal(trainingRecipe({ trainer: 'nnUNetTrainer_250epochs' }).schedule.epochs, 250);
    assert.equal(trainingRecipe({ trainer: 'nnUNetTrainer_250epochs', epochs: 3 }).schedule.epochs, 3);
    const mirrored = trainingRecipe({ trainer: 'nnUNetTrainerNoMirroring', mirroring: 'all' }).schedule;
    assert.equal(mirrored.mirroring, undefined);
  });

  it('refuses a warm-up that leaves no time to learn', () => {
    assert.throws(() => trainingRecipe({ epochs: 50, warmupEpochs: 50 }), { code: 'warmup-too-long' });
    assert.doesNotThrow(() => trainingRecipe({ budgetSeconds: 50, warmupEpochs: 50 }));
  });

  it('refuses losses that compare labels where there are regions', () => {
    assert.throws(() => requireLossFits('topk', true), { code: 'loss-compares-labels' });
    assert.doesNotThrow(() => requireLossFits('topk', false));
    assert.doesNotThrow(() => requireLossFits('dice', true));
  });

  it("goes on with what nnU-Net's trainer class does where nnU-Net began it", () => {
    const point = { epoch: 3, elapsedSeconds: 10 };
    const { schedule } = resumedSchedule(undefined, { epochs: 9, trainer: 'nnUNetTrainerDiceLoss' }, point);
    assert.deepEqual([schedule.loss, schedule.epochs], ['dice', 9]);
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
