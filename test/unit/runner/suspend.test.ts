import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { controlFile } from '../../../src/jobs/control';
import type { TrainOptions } from '../../../src/jobs/runFolder';
import type { Session } from '../../../src/runner/session';
import { StopControl } from '../../../src/runner/stopControl';
import { TrainingSession } from '../../../src/runner/trainingSession';
import { trainRequest } from '../jobs/someJobs';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-suspend-'));
  fs.mkdirSync(join(folder, 'control'));
});
afterEach(() => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGHUP']) process.removeAllListeners(name);
  delete process.env.SLURM_JOB_ID;
  fs.rmSync(folder, { recursive: true });
});

describe('A training that hears', () => {
  it('that its time is nearly up saves, does not validate and is to go on later', () => {
    const stop = new StopControl(folder);
    stop.enter('train');
    process.emit('SIGUSR1');
    assert.deepEqual([stop.suspended, stop.trainingSignal.aborted, stop.signal.aborted], ['time', true, true]);
  });

  it('a wish to stop before that ends for good', () => {
    const stop = new StopControl(folder);
    stop.enter('train');
    process.emit('SIGTERM');
    process.emit('SIGUSR1');
    assert.deepEqual([stop.suspended, stop.signal.aborted], [undefined, true]);
  });

  it('SIGTERM validates, except from a cluster that kills soon and where nobody asked for a stop', () => {
    const signals = (isOnCluster: boolean, isAsked: boolean): unknown[] => {
      if (isOnCluster) process.env.SLURM_JOB_ID = '7';
      else delete process.env.SLURM_JOB_ID;
      const file = controlFile(folder, 'stop');
      if (isAsked) fs.writeFileSync(file, '');
      else fs.rmSync(file, { force: true });
      process.removeAllListeners('SIGTERM');
      const stop = new StopControl(folder);
      stop.enter('train');
      process.emit('SIGTERM');
      return [stop.trainingSignal.aborted, stop.signal.aborted, stop.suspended];
    };
    assert.deepEqual(signals(false, false), [true, false, undefined]);
    assert.deepEqual(signals(false, true), [true, false, undefined]);
    assert.deepEqual(signals(true, true), [true, false, undefined]);
    assert.deepEqual(signals(true, false), [true, true, 'taken']);
  });
});

describe('A training that is to end with its epoch', () => {
  const asked = () => {
    const stop = new StopControl(folder);
    const told: unknown[] = [];
    stop.onRequest((...request) => told.push(request));
    stop.enter('train');
    fs.writeFileSync(controlFile(folder, 'stop-after-epoch'), '');
    return { stop, told };
  };

  it('goes on until one has ended, and then validates', () => {
    const { stop, told } = asked();
    stop.poll();
    assert.deepEqual([stop.requested, told], [false, [[true, true]]]);
    stop.epochEnded(false);
    assert.deepEqual([stop.trainingSignal.aborted, stop.signal.aborted], [true, false]);
    assert.deepEqual(told, [[true, true], [true]]);
  });

  it('has not stopped early where that epoch was its last', () => {
    const { stop } = asked();
    stop.epochEnded(true);
    assert.equal(stop.requested, false);
  });

  it('ends at once where that is asked for meanwhile', () => {
    const { stop } = asked();
    stop.poll();
    fs.writeFileSync(controlFile(folder, 'stop'), 'no-validation');
    stop.poll();
    assert.deepEqual([stop.trainingSignal.aborted, stop.signal.aborted], [true, true]);
  });
});

describe('Another start of the same job', () => {
  const begin = (id: string, options: Partial<TrainOptions>): TrainingSession => {
    const request = trainRequest(folder, 0);
    const session = { folder, job: { id }, device: undefined, warn: () => undefined } as unknown as Session;
    return TrainingSession.begin(session, { ...request, options: { ...request.options, ...options } });
  };
  const asked = { epochs: 50, pretrained: '/x.pth', batchSize: 3 };

  it('goes on once its length was decided: that counts from its first start', () => {
    begin('aaaaaaaa', asked).note({ schedule: { epochs: 50 } });
    const { request } = begin('aaaaaaaa', asked);
    const { resume, epochs, pretrained, batchSize } = request.options;
    assert.deepEqual([resume, epochs, pretrained, batchSize], [true, undefined, undefined, 3]);
    // And the one after that.
    assert.equal(begin('aaaaaaaa', asked).request.options.resume, true);
  });

  it('begins as it was asked for where it had not come so far', () => {
    begin('aaaaaaaa', asked);
    assert.deepEqual(begin('aaaaaaaa', asked).request.options, { ...trainRequest(folder, 0).options, ...asked });
  });

  it('is told from another job in the same folder', () => {
    begin('aaaaaaaa', asked).note({ schedule: { epochs: 50 } });
    assert.equal(begin('bbbbbbbb', asked).request.options.resume, false);
    assert.equal(begin('bbbbbbbb', { resume: true, budgetSeconds: 60 }).request.options.budgetSeconds, 60);
  });
});
