import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RunError, type NnunetError } from '../../../src/method/errors';
import type { LaunchedRun } from '../../../src/jobs/launch';
import { RunLock } from '../../../src/dataset/foldLock';
import {
  enqueue,
  moveInQueue,
  queueFile,
  readQueue,
  removeFromQueue,
  retryInQueue,
  sharesDevice,
  startWaiting,
  waitsForOthers,
} from '../../../src/jobs/queue';
import { deviceFor, foldFolder, writeRecord, type RunRecord, type RunRequest } from '../../../src/jobs/runFolder';

let root: string;
let locks: RunLock[];
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet queue é-'));
  locks = [];
});
afterEach(() => {
  for (const lock of locks) lock.release();
  fs.rmSync(root, { recursive: true });
});

const hasCode = (code: string) => (error: NnunetError) => error.code === code;

function request(fold: number, device = 'cpu'): RunRequest {
  const dataset = 'Dataset004_Hippocampus';
  return {
    dataset,
    folders: { raw: 'r', preprocessed: 'p', results: join(root, dataset) },
    configuration: '2d',
    fold,
    plans: 'nnUNetPlans',
    trainer: 'nnUNetTrainer',
    options: { device, precision: 'auto', npz: false, validate: true, resume: false },
  };
}

/** Stands for the runner: holds the fold folder and writes run.json. */
async function launch(one: RunRequest): Promise<LaunchedRun> {
  const folder = foldFolder(one);
  fs.mkdirSync(folder, { recursive: true });
  locks.push(await RunLock.acquire(folder));
  const record = { ...one, pid: process.pid, startTime: new Date().toISOString() } as RunRecord;
  writeRecord(folder, record);
  return { folder, record };
}

const waitingFolds = (): unknown[] => readQueue(root).map((entry) => entry.request.fold);
const endRuns = (): void => locks.splice(0).forEach((lock) => lock.release());

describe('the queue of trainings', () => {
  it('is empty where there is none, and makes no folder by being read', () => {
    assert.deepEqual(readQueue(root), []);
    assert.deepEqual(fs.readdirSync(root), []);
  });

  it('keeps the order, lets it be changed, and lets entries be removed', async () => {
    const entries = await enqueue(
      root,
      [0, 1, 2, 3].map((fold) => request(fold)),
    );
    await moveInQueue(root, entries[3]!.id, -1);
    assert.deepEqual(waitingFolds(), [0, 1, 3, 2]);
    await moveInQueue(root, entries[0]!.id, 99);
    assert.deepEqual(waitingFolds(), [1, 3, 2, 0]);
    await moveInQueue(root, entries[0]!.id, -99);
    await removeFromQueue(root, [entries[1]!.id, 'gone']);
    assert.deepEqual(waitingFolds(), [0, 3, 2]);
  });

  it('refuses a fold that waits already', async () => {
    await enqueue(root, [request(0)]);
    await assert.rejects(enqueue(root, [request(1), request(0)]), hasCode('already-queued'));
    assert.deepEqual(waitingFolds(), [0]);
  });

  it('starts one run at a time on a device, the next when that one has ended', async () => {
    await enqueue(
      root,
      [0, 1, 2].map((fold) => request(fold)),
    );
    assert.equal((await startWaiting(root, launch)).length, 1);
    assert.equal((await startWaiting(root, launch)).length, 0);
    assert.deepEqual(waitingFolds(), [1, 2]);
    endRuns();
    const [next] = await startWaiting(root, launch);
    assert.equal(next?.record.fold, 1);
  });

  it('uses several devices at once, and lets nobody overtake on the same device', async () => {
    await enqueue(root, [request(0, 'cuda:0'), request(1, 'cuda:0'), request(2, 'cuda:1'), request(3, 'cuda')]);
    const started = await startWaiting(root, launch);
    assert.deepEqual(
      started.map(({ record }) => record.fold),
      [0, 2],
    );
    assert.deepEqual(waitingFolds(), [1, 3]);
  });

  it('spreads trainings over the GPUs where none was named', async () => {
    const machine = async (): Promise<string[]> => ['cuda:0', 'cuda:1', 'cpu'];
    await enqueue(
      root,
      [0, 1, 2].map((fold) => request(fold, 'auto')),
    );
    const started = await startWaiting(root, launch, machine);
    assert.deepEqual(
      started.map(({ record }) => [record.fold, deviceFor(record), record.options.device]),
      [
        [0, 'cuda:0', 'auto'],
        [1, 'cuda:1', 'auto'],
      ],
    );
    locks.shift()!.release();
    const [third] = await startWaiting(root, launch, machine);
    assert.equal(deviceFor(third!.record), 'cuda:0');
  });

  it('holds the second stage of a cascade back until the first has ended, wherever it stands', async () => {
    const first = request(0, 'cuda:0');
    const second = { ...request(1, 'cuda:1'), after: [foldFolder(first)] };
    await enqueue(root, [second, first]);
    const started = await startWaiting(root, launch);
    assert.deepEqual(
      started.map(({ record }) => record.fold),
      [0],
    );
    assert.ok(waitsForOthers(readQueue(root)[0]!, readQueue(root)));
    endRuns();
    assert.equal((await startWaiting(root, launch))[0]?.record.fold, 1);
  });

  it('starts each entry once when several ask at the same time', async () => {
    await enqueue(
      root,
      [0, 1, 2].map((fold) => request(fold, `cuda:${fold}`)),
    );
    const all = await Promise.all([1, 2, 3, 4].map(() => startWaiting(root, launch)));
    assert.deepEqual(
      all
        .flat()
        .map(({ record }) => record.fold)
        .sort(),
      [0, 1, 2],
    );
    assert.deepEqual(waitingFolds(), []);
  });

  it('keeps an entry that could not start, with the reason, and goes on with the others', async () => {
    const [bad] = await enqueue(root, [request(0), request(1)]);
    const failing = async (one: RunRequest): Promise<LaunchedRun> => {
      if (one.fold === 0) throw new RunError('runner-failed', 'No engine', { hint: 'Install it.' });
      return launch(one);
    };
    assert.equal((await startWaiting(root, failing)).length, 1);
    assert.equal(readQueue(root)[0]?.failure?.message, 'No engine');
    endRuns();
    assert.equal((await startWaiting(root, launch)).length, 0);
    await retryInQueue(root, bad!.id);
    assert.equal((await startWaiting(root, launch)).length, 1);
  });

  it('leaves what another machine has to start', async () => {
    await enqueue(root, [request(0)]);
    const text = fs.readFileSync(queueFile(root), 'utf8').replace(JSON.stringify(hostname()), '"elsewhere"');
    fs.writeFileSync(queueFile(root), text);
    assert.equal((await startWaiting(root, launch)).length, 0);
    assert.deepEqual(waitingFolds(), [0]);
  });

  it('takes over from a program that was killed while it started an entry', async () => {
    await enqueue(root, [request(0), request(1)]);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const content = JSON.parse(fs.readFileSync(queueFile(root), 'utf8'));
    const since = new Date(Date.now() - 1000).toISOString();
    for (const entry of content.entries) entry.starting = { pid: dead, host: hostname(), since };
    fs.writeFileSync(queueFile(root), JSON.stringify(content));
    // Fold 0 had begun, and has ended meanwhile.
    await launch(request(0));
    endRuns();
    const started = await startWaiting(root, launch);
    assert.deepEqual(
      started.map(({ record }) => record.fold),
      [1],
    );
    assert.deepEqual(waitingFolds(), []);
  });

  it('says so when its file is damaged, and does not overwrite it', async () => {
    fs.mkdirSync(join(root, '.nnunet'));
    fs.writeFileSync(queueFile(root), '{"entries":[{}]}');
    assert.throws(() => readQueue(root), hasCode('queue-damaged'));
    await assert.rejects(enqueue(root, [request(0)]), hasCode('queue-damaged'));
    assert.equal(fs.readFileSync(queueFile(root), 'utf8'), '{"entries":[{}]}');
  });
});

describe('devices', () => {
  it('are the same where they may mean the same', () => {
    assert.ok(sharesDevice('cuda', 'cuda:0'));
    assert.ok(sharesDevice('auto', 'cpu'));
    assert.ok(!sharesDevice('cpu', 'cuda'));
    assert.ok(!sharesDevice('cuda:0', 'cuda:1'));
  });
});
