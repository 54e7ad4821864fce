import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EpochEvent } from '../../../src/protocol/events';
import { unloggedEpochs } from '../../../src/runner/unloggedEpochs';

const losses = [0.9, 0.7, 0.5, 0.3];
const state = {
  epoch: 4,
  history: {
    mean_fg_dice: [0.1, 0.2, NaN, 0.4],
    ema_fg_dice: [0.1, 0.11, 0.11, 0.139],
    dice_per_class_or_region: [[0.1], [0.2], [NaN], [0.4]],
    train_losses: losses,
    val_losses: [1, 0.8, 0.6, 0.4],
    lrs: [0.01, 0.008, 0.006, 0.004],
    epoch_start_timestamps: [1000, 1010, 1020, 1030],
    epoch_end_timestamps: [1010, 1020, 1030, 1040],
  },
};
const length = { epochs: 10, samples: 100 };
const event = (epoch: number, more: Partial<EpochEvent> = {}): EpochEvent => ({
  ...unloggedEpochs([], state, length)[epoch]!,
  ...more,
});
const missing = (logged: EpochEvent[]): number[] => unloggedEpochs(logged, state, length).map(({ epoch }) => epoch);

describe('epochs that only a checkpoint knows', () => {
  it('are none where the log is whole', () => {
    assert.deepEqual(missing([0, 1, 2, 3].map((epoch) => event(epoch))), []);
    assert.deepEqual(missing([0, 1, 2, 3, 4].map((epoch) => event(epoch % 4, { epoch }))), []);
  });

  it('are those from the first one on that is missing or differs', () => {
    assert.deepEqual(missing([]), [0, 1, 2, 3]);
    assert.deepEqual(missing([event(0), event(1)]), [2, 3]);
    assert.deepEqual(missing([event(0), event(2), event(3)]), [1, 2, 3]);
    assert.deepEqual(missing([event(0), event(1, { trainLoss: 0.71 }), event(2), event(3)]), [1, 2, 3]);
  });

  it('come with all that the history tells', () => {
    assert.deepEqual(event(2), {
      type: 'epoch',
      time: new Date(1_030_000).toISOString(),
      epoch: 2,
      epochs: 10,
      trainLoss: 0.5,
      valLoss: 0.6,
      dice: [null],
      meanDice: null,
      emaDice: 0.11,
      learningRate: 0.006,
      seconds: 10,
      samplesPerSecond: 10,
    });
  });
});
