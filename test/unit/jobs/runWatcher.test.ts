import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { RunEvent, Untimed } from '../../../src/protocol/events';
import { EventWriter } from '../../../src/jobs/events';
import { RunLock } from '../../../src/dataset/foldLock';
import { setAside } from '../../../src/jobs/runFolder';
import { RunWatcher } from '../../../src/jobs/runWatcher';

let root: string;
let folder: string;
let said: string[];
let watcher: RunWatcher;
let lock: RunLock | undefined;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet watcher é-'));
  folder = join(root, 'Dataset004_Hippocampus', 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  fs.mkdirSync(folder, { recursive: true });
  said = [];
  watcher = new RunWatcher(root, {
    changed: () => undefined,
    event: (_, event) => said.push(event.type),
    began: () => said.push('began'),
    ended: ({ status }) => said.push(`ended ${status.state}`),
  });
});
afterEach(() => {
  lock?.release();
  lock = undefined;
  fs.rmSync(root, { recursive: true, force: true });
});

function write(...events: (Untimed<RunEvent> | RunEvent)[]): void {
  const writer = new EventWriter(folder);
  for (const event of events) writer.write(event);
  writer.close();
}

const epoch = (number: number, emaDice: number): Untimed<RunEvent> => ({
  type: 'epoch',
  epoch: number,
  epochs: 9,
  trainLoss: 0,
  valLoss: 0,
  dice: [emaDice],
  meanDice: emaDice,
  emaDice,
  learningRate: 0.1,
  seconds: 1,
  samplesPerSecond: 1,
});

describe('the watcher of runs', () => {
  it('knows what was trained before it began, without telling of it as news', async () => {
    write(epoch(0, 0.3), { type: 'finished', state: 'done', meanDice: 0.7 });
    await watcher.scan();
    assert.deepEqual(said, []);
    const [run] = watcher.runs;
    assert.equal(run?.status.state, 'finished');
    assert.equal(run?.status.meanDice, 0.7);
    assert.deepEqual(run?.diceCurve, [0.3]);
  });

  it('follows a run that another program starts, from its first event to its end', async () => {
    await watcher.scan();
    lock = await RunLock.acquire(folder);
    write({ type: 'stage', stage: 'train', state: 'started' });
    await watcher.scan();
    write(epoch(0, 0.3));
    watcher.poll();
    write(epoch(1, 0.4), { type: 'finished', state: 'stopped' });
    lock.release();
    watcher.poll();
    assert.deepEqual(said, ['began', 'stage', 'epoch', 'epoch', 'finished', 'ended stopped']);
    assert.deepEqual(watcher.get(folder)?.diceCurve, [0.3, 0.4]);
    assert.deepEqual(watcher.active, []);
  });

  it('re-attaches to a run that is going on', async () => {
    lock = await RunLock.acquire(folder);
    write(epoch(0, 0.3));
    await watcher.scan();
    assert.equal(watcher.active[0]?.status.epoch, 1);
    write(epoch(1, 0.4));
    watcher.poll();
    assert.equal(watcher.active[0]?.status.epoch, 2);
    assert.deepEqual(said, ['epoch']);
  });

  it('hears that a run is to stop before the run itself has heard it', async () => {
    let changes = 0;
    watcher = new RunWatcher(root, {
      ...{ changed: () => (changes += 1), event: () => undefined, began: () => undefined, ended: () => undefined },
    });
    lock = await RunLock.acquire(folder);
    write({ type: 'stage', stage: 'train', state: 'started', total: 9 });
    await watcher.scan();
    assert.equal(watcher.get(folder)?.status.isStopping, undefined);
    fs.mkdirSync(join(folder, 'control'));
    fs.writeFileSync(join(folder, 'control', 'stop'), '');
    const before = changes;
    watcher.poll();
    assert.equal(watcher.get(folder)?.status.isStopping, true);
    assert.equal(changes, before + 1);
    // Validation has begun: the request is taken, and what follows from it goes on.
    write({ type: 'stopping', validates: true }, { type: 'stage', stage: 'validate', state: 'started', total: 2 });
    fs.rmSync(join(folder, 'control', 'stop'));
    watcher.poll();
    assert.equal(watcher.get(folder)?.status.isStopping, true);
    write({ type: 'finished', state: 'stopped' });
    lock.release();
    watcher.poll();
    assert.equal(watcher.get(folder)?.status.isStopping, undefined);
  });

  it('tells a run that was killed from one that finished', async () => {
    fs.writeFileSync(join(folder, 'run.lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
    write(epoch(0, 0.3));
    await watcher.scan();
    fs.rmSync(join(folder, 'run.lock'));
    watcher.poll();
    assert.deepEqual(said, ['ended interrupted']);
  });

  it('begins anew with a new training in the same folder', async () => {
    write(epoch(0, 0.3), epoch(1, 0.5), { type: 'finished', state: 'done', meanDice: 0.7 });
    fs.writeFileSync(join(folder, 'checkpoint_final.pth'), '');
    await watcher.scan();
    setAside(folder);
    lock = await RunLock.acquire(folder);
    write(epoch(0, 0.1));
    await watcher.scan();
    assert.deepEqual(watcher.get(folder)?.diceCurve, [0.1]);
    assert.equal(watcher.get(folder)?.status.meanDice, undefined);
    assert.deepEqual(said, ['began', 'epoch']);
  });

  it('counts an epoch that a resumed training repeats once', async () => {
    write(epoch(0, 0.1), epoch(1, 0.2), epoch(2, 0.3), epoch(1, 0.25));
    await watcher.scan();
    assert.deepEqual(watcher.get(folder)?.diceCurve, [0.1, 0.25]);
  });

  it('says so when the folder of a running training is deleted', async () => {
    lock = await RunLock.acquire(folder);
    write(epoch(0, 0.3));
    await watcher.scan();
    lock.release();
    lock = undefined;
    // The process still believes it runs: only the folder is gone.
    fs.rmSync(join(root, 'Dataset004_Hippocampus'), { recursive: true });
    await watcher.scan();
    assert.deepEqual(said, ['ended failed']);
    assert.deepEqual(watcher.runs, []);
  });

  it('passes over a corrupt line', async () => {
    write(epoch(0, 0.3));
    fs.appendFileSync(join(folder, 'events.jsonl'), '{"type":\n\u0000\u0001\n');
    write(epoch(1, 0.4));
    await watcher.scan();
    assert.deepEqual(watcher.get(folder)?.diceCurve, [0.3, 0.4]);
  });
});
