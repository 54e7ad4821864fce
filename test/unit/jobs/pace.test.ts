import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunEvent } from '../../../src/protocol/events';
import { progressLine, statusLine } from '../../../src/runs/describe';
import { secondsLeft, shareTrained } from '../../../src/jobs/pace';
import { applyEvent, type RunProgress } from '../../../src/jobs/status';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + 1000 * seconds).toISOString();
const after = (...events: RunEvent[]): RunProgress => events.reduce(applyEvent, {} as RunProgress);

const training = (total?: number, budgetSeconds?: number): RunEvent => ({
  ...{ type: 'stage', time: at(0), stage: 'train', state: 'started', done: 0 },
  ...(total !== undefined && { total }),
  ...(budgetSeconds !== undefined && { budgetSeconds }),
});
const iteration = (seconds: number, number: number, epoch = 0): RunEvent => ({
  ...{ type: 'iteration', time: at(seconds), epoch, iteration: number, iterations: 50, loss: 0.5126 },
});
const epoch = (end: number, number: number, seconds: number, samples: number, epochs = 4): RunEvent => ({
  ...{ type: 'epoch', time: at(end), epoch: number, epochs, trainLoss: 0, valLoss: 0, dice: [0.5], meanDice: 0.5 },
  ...{ emaDice: 0.5, learningRate: 0.01, seconds, samplesPerSecond: samples / seconds },
});

describe('a training that has begun', () => {
  it('says its stage before anything is trained', () => {
    const preprocessing = { type: 'stage', time: at(0), stage: 'preprocess', state: 'progress', done: 3, total: 16 };
    assert.equal(progressLine(after(preprocessing as RunEvent)), 'Preprocessing 3 of 16');
    assert.equal(progressLine(after(training(4))), 'Training, waiting for the first iteration');
  });

  it('says iteration, loss, pace and time left in its first epoch', () => {
    const first = after(training(4), iteration(30, 0));
    assert.equal(progressLine(first), 'Training, epoch 1 of 4, iteration 1 of 50, loss 0.513');
    // The first one has waited for its batch: 10 iterations in 20 s, 3.8 epochs of 50 and their validation.
    const later = applyEvent(first, iteration(50, 10));
    assert.equal(
      progressLine(later),
      'Training, epoch 1 of 4, iteration 11 of 50, loss 0.513, 2.0 s each, 6 min 43 s left',
    );
  });

  it('goes on from its epochs, and from the iterations of the one that goes on', () => {
    const second = after(training(4), iteration(1, 0), epoch(100, 0, 100, 50));
    assert.equal(progressLine(second), 'Training, epoch 1 of 4, Dice 0.500, 5 min left');
    const third = applyEvent(second, iteration(150, 24, 1));
    assert.equal(progressLine(third), 'Training, epoch 2 of 4, iteration 25 of 50, Dice 0.500, 4 min 10 s left');
    assert.equal(shareTrained(third), 1.5 / 4);
  });

  it('knows its time budget, whatever it takes for epochs', () => {
    const begun = after(training(undefined, 120), iteration(30, 4));
    assert.match(progressLine(begun), /epoch 1, iteration 5 of 50, loss 0.513, 1 min 30 s left$/);
    assert.equal(shareTrained(begun), 0.25);
    const later = applyEvent(begun, epoch(90, 0, 90, 50, 7));
    assert.equal(progressLine(later), 'Training, epoch 1 of about 7, Dice 0.500, 30 s left');
  });

  it('has no number of a diverged loss', () => {
    const diverged = { ...iteration(3, 1), loss: null } as unknown as RunEvent;
    assert.match(progressLine(after(training(4), diverged)), /loss NaN/);
  });

  it('forgets the epoch that it had begun when it is resumed', () => {
    assert.equal(after(training(4), iteration(3, 1), training(4)).begun, undefined);
  });
});

describe('the seconds of an epoch', () => {
  it('are those of the latest whole one: a budget cuts the last short', () => {
    const cut = after(training(undefined, 100), epoch(60, 0, 60, 500), epoch(101, 1, 41, 200));
    assert.equal(cut.secondsPerEpoch, 60);
    assert.equal(after(training(3), epoch(60, 0, 60, 500), epoch(110, 1, 50, 500)).secondsPerEpoch, 50);
  });

  it('are not known where the only epoch may have been cut', () => {
    assert.equal(after(training(undefined, 100), epoch(101, 0, 101, 200)).secondsPerEpoch, undefined);
  });

  it('are those of logs that say nothing of a budget, too', () => {
    assert.equal(after(training(), epoch(60, 0, 60, 500), epoch(101, 1, 41, 200)).secondsPerEpoch, 60);
  });

  it('leave no time where the length is not known', () => {
    assert.equal(secondsLeft(after(training(), epoch(60, 0, 60, 500, 0))), undefined);
  });
});

describe('a training that was asked to end', () => {
  const stopping: RunEvent = { type: 'stopping', time: at(60), validates: true };
  const validating = (state: 'started' | 'progress', done: number): RunEvent => ({
    ...{ type: 'stage', time: at(70), stage: 'validate', state, done, total: 3 },
  });

  it('says so until it has ended, validation included', () => {
    const asked = after(training(4), iteration(3, 1), stopping);
    assert.match(statusLine({ ...asked, state: 'running' }), /^Stopping… \(Training, epoch 1 of 4, iteration 2 of 50/);
    const validates = [validating('started', 0), validating('progress', 1)].reduce(applyEvent, asked);
    assert.equal(progressLine(validates), 'Stopping… (Validating 1 of 3)');
    const ended = applyEvent(validates, { type: 'finished', time: at(90), state: 'stopped' });
    assert.equal(statusLine({ ...ended, state: 'stopped' }), 'Stopped');
  });

  it('with its epoch has no more time left than that', () => {
    const afterEpoch: RunEvent = { ...stopping, isAfterEpoch: true } as RunEvent;
    const first = after(training(4), iteration(30, 0), iteration(50, 10), afterEpoch);
    assert.match(progressLine(first), /^Stops after this epoch \(.*, 1 min 23 s left\)$/);
    const third = after(training(4), epoch(100, 0, 100, 50), epoch(200, 1, 100, 50), iteration(250, 24, 2), afterEpoch);
    assert.equal(secondsLeft(third), 50);
    const between = after(training(4), epoch(100, 0, 100, 50), afterEpoch);
    assert.equal(secondsLeft(between), 100);
    const ofBudget = after(training(undefined, 130), epoch(100, 0, 100, 50), iteration(110, 4, 1), afterEpoch);
    assert.equal(secondsLeft(ofBudget), 70, 'the budget ends before the epoch');
    assert.equal(secondsLeft(after(training(undefined, 500), iteration(30, 0), afterEpoch)), undefined);
  });

  it('at once has no time left that anybody knew', () => {
    const stops = after(training(4), iteration(30, 0), iteration(50, 10), stopping);
    assert.equal(secondsLeft(stops), undefined);
    assert.doesNotMatch(progressLine(stops), /left/);
  });

  it('does not say so any more when it goes on', () => {
    const killed = after(training(4), stopping, { ...training(4), stage: 'check' } as RunEvent);
    assert.equal(progressLine(killed), 'Checking the dataset 0 of 4');
    const ended = after(training(4), stopping, { type: 'finished', time: at(90), state: 'stopped' }, training(4));
    assert.ok(!ended.isStopping);
  });
});
