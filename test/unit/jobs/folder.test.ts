import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { temporaryPath } from '../../../src/storage/temporaryFiles';
import { type NnunetError } from '../../../src/method/errors';
import { requestedStop, requestStop, stopSkipsValidation } from '../../../src/jobs/control';
import { EventWriter } from '../../../src/jobs/events';
import { findJob } from '../../../src/jobs/findJob';
import { JobStore } from '../../../src/jobs/store';
import { activeHolder, RunLock } from '../../../src/dataset/foldLock';
import { identityOf, isAlive } from '../../../src/storage/processes';
import { runId, setAside } from '../../../src/jobs/runFolder';
import { runStatus } from '../../../src/jobs/jobLog';

let results: string;
let folder: string;
beforeEach(() => {
  results = fs.mkdtempSync(join(tmpdir(), 'nnunet runs é-'));
  folder = join(results, 'Dataset004_Hippocampus', 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  fs.mkdirSync(folder, { recursive: true });
});
afterEach(() => fs.rmSync(results, { recursive: true }));

const hasCode = (code: string) => (error: NnunetError) => error.code === code;
const lockFile = () => join(folder, 'run.lock');
function writeEvents(...events: Parameters<EventWriter['write']>[0][]): void {
  const writer = new EventWriter(folder);
  for (const event of events) writer.write(event);
  writer.close();
}

describe('the lock of a fold folder', () => {
  it('lets one run in, and the next one when it is released', async () => {
    const lock = await RunLock.acquire(folder);
    assert.equal(activeHolder(folder)?.pid, process.pid);
    await assert.rejects(RunLock.acquire(folder), hasCode('run-active'));
    lock.release();
    assert.equal(activeHolder(folder), undefined);
    (await RunLock.acquire(folder)).release();
  });

  it('is taken over from a process that was killed, and tells what that one left', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: dead, host: hostname(), core: { pid: 1, host: 'x' } }));
    const lock = await RunLock.acquire(folder);
    assert.equal(lock.previous?.core?.pid, 1);
    lock.release();
    assert.ok(!fs.existsSync(lockFile()));
  });

  it('is not fooled by another process that got the same pid', { skip: process.platform !== 'linux' }, async () => {
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, host: hostname(), started: '1' }));
    (await RunLock.acquire(folder)).release();
  });

  it('of another host holds when it is first seen, whatever time its file has', async () => {
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: 1, host: 'elsewhere' }));
    for (const hours of [-1, 1, 1000]) {
      const time = new Date(Date.now() - hours * 3600_000);
      fs.utimesSync(lockFile(), time, time);
      await assert.rejects(RunLock.acquire(folder), hasCode('run-active'));
      assert.equal(activeHolder(folder)?.host, 'elsewhere');
    }
  });

  it('leaves nothing behind where the disk is full, and clears away what the dead left', async (test) => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const lock = await RunLock.acquire(folder);
    const full = test.mock.method(fs, 'writeSync', () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    lock.noteCore({ pid: dead, host: hostname() });
    assert.equal(full.mock.callCount(), 1);
    await assert.rejects(RunLock.acquire(join(results, 'Dataset004_Hippocampus')), { code: 'ENOSPC' });
    full.mock.restore();
    lock.release();
    assert.deepEqual(fs.readdirSync(join(results, 'Dataset004_Hippocampus')), ['nnUNetTrainer__nnUNetPlans__2d']);
    assert.deepEqual(fs.readdirSync(folder), []);

    const other = join(results, 'other');
    fs.mkdirSync(other);
    fs.writeFileSync(join(other, basename(temporaryPath('run.lock')).replace(String(process.pid), String(dead))), '');
    (await RunLock.acquire(other)).release();
    assert.deepEqual(fs.readdirSync(other), []);
  });

  it('that is empty or torn holds nothing', async () => {
    fs.writeFileSync(lockFile(), '{"pid":');
    (await RunLock.acquire(folder)).release();
  });
});

describe('the state of a run', () => {
  it('is unknown where nothing was trained', () => assert.equal(runStatus(folder), undefined));

  it('follows from the last event once nobody holds the folder', () => {
    writeEvents({ type: 'stage', stage: 'train', state: 'started' });
    assert.equal(runStatus(folder)?.state, 'interrupted');
    writeEvents({ type: 'error', code: 'x', message: 'm', hint: 'h' }, { type: 'finished', state: 'failed' });
    assert.equal(runStatus(folder)?.state, 'failed');
    assert.equal(runStatus(folder)?.error?.code, 'x');
    writeEvents({ type: 'stage', stage: 'train', state: 'started' });
    assert.equal(runStatus(folder)?.state, 'interrupted');
    assert.equal(runStatus(folder)?.error, undefined);
    writeEvents({ type: 'finished', state: 'done', meanDice: 0.9 });
    assert.equal(runStatus(folder)?.state, 'finished');
    assert.equal(runStatus(folder)?.meanDice, 0.9);
  });

  it('is running while a living process holds the folder, interrupted once that was killed', async () => {
    writeEvents({ type: 'stage', stage: 'train', state: 'started' });
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    fs.writeFileSync(lockFile(), JSON.stringify(identityOf(child.pid!)));
    assert.equal(runStatus(folder)?.state, 'running');
    assert.equal(runStatus(folder)?.pid, child.pid);
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    assert.equal(isAlive(identityOf(child.pid!)), false);
    assert.equal(runStatus(folder)?.state, 'interrupted');
  });

  it('of folds that nnU-Net itself trained follows from their checkpoints', () => {
    fs.writeFileSync(join(folder, 'checkpoint_best.pth'), '');
    assert.equal(runStatus(folder)?.state, 'interrupted');
    // Ours, without the log of its training: it came from elsewhere.
    fs.writeFileSync(join(folder, 'checkpoint_final.safetensors'), '');
    assert.equal(runStatus(folder)?.state, 'finished');
  });
});

describe('the list of runs', () => {
  it('names runs by short ids that do not depend on where the results lie', async () => {
    writeEvents({ type: 'finished', state: 'stopped' });
    const store = new JobStore(results);
    await store.scan();
    const [run, ...others] = store.trainings;
    assert.equal(others.length, 0);
    assert.deepEqual(
      { ...run, status: run!.status.state, folder: undefined },
      {
        id: runId(results, folder),
        kind: 'train',
        title: 'Train Hippocampus 2d, fold 0',
        folder: undefined,
        training: {
          dataset: 'Dataset004_Hippocampus',
          trainer: 'nnUNetTrainer',
          plans: 'nnUNetPlans',
          configuration: '2d',
          fold: '0',
          diceCurve: [],
          seconds: 0,
        },
        status: 'stopped',
      },
    );
    assert.match(run!.id, /^[0-9a-f]{6}$/);
    assert.equal(run!.id, runId('/other', folder.replace(results, '/other')));
  });

  it('finds a run by its id, the beginning of its id, and its folder', () => {
    writeEvents({ type: 'finished', state: 'stopped' });
    const id = runId(results, folder);
    for (const reference of [id, id.slice(0, 3), folder]) assert.equal(findJob(reference, results).folder, folder);
    assert.throws(() => findJob('nonsense', results), hasCode('run-not-found'));
  });
});

describe('requests to a run', () => {
  it('are refused when nothing runs', () => assert.throws(() => requestStop(folder), hasCode('run-not-active')));

  it('are files that the run finds, even from another host', () => {
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: 1, host: 'elsewhere' }));
    requestStop(folder, { validate: false });
    assert.equal(requestedStop(folder), 'now');
    assert.ok(stopSkipsValidation(folder));
    requestStop(folder);
    assert.ok(!stopSkipsValidation(folder));
  });
});

describe('a new run in a used fold folder', () => {
  it('moves an earlier training aside, so that nothing is lost', () => {
    for (const name of ['checkpoint_best.pth', 'events.jsonl', 'run.json', 'mine.txt'])
      fs.writeFileSync(join(folder, name), name);
    fs.mkdirSync(join(folder, 'validation'));
    fs.writeFileSync(join(folder, '..', 'plans.json'), 'the plans');
    const target = setAside(folder)!;
    const fold = basename(folder);
    assert.deepEqual(fs.readdirSync(target).sort(), [fold, 'plans.json'], 'a model folder that predicts');
    assert.equal(fs.readFileSync(join(target, 'plans.json'), 'utf8'), 'the plans');
    const kept = fs.readdirSync(join(target, fold)).sort();
    assert.deepEqual(kept, ['checkpoint_best.pth', 'events.jsonl', 'run.json', 'validation']);
    assert.deepEqual(fs.readdirSync(folder).sort(), ['earlier_runs', 'mine.txt']);
  });

  it('clears what a run left that never trained', () => {
    fs.writeFileSync(join(folder, 'events.jsonl'), '');
    assert.equal(setAside(folder), undefined);
    assert.deepEqual(fs.readdirSync(folder), []);
  });
});
