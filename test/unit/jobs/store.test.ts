import assert from 'node:assert/strict';
import fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { RunEvent, Untimed } from '../../../src/protocol/events';
import { EventWriter } from '../../../src/jobs/events';
import type { AnyJob } from '../../../src/jobs/job';
import { jobFolder, newJob, writeJob } from '../../../src/jobs/jobFolder';
import { rootsBelow } from '../../../src/dataset/roots';
import { RunLock } from '../../../src/dataset/foldLock';
import { setAside } from '../../../src/jobs/runFolder';
import { JobStore } from '../../../src/jobs/store';

let root: string;
let folder: string;
let said: string[];
let store: JobStore;
let lock: RunLock | undefined;
let cacheHome: string;
const { XDG_CACHE_HOME: cacheBefore } = process.env;
beforeEach(() => {
  cacheHome = fs.mkdtempSync(join(tmpdir(), 'nnunet-store-cache-'));
  process.env.XDG_CACHE_HOME = cacheHome;
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet store é-'));
  folder = join(root, 'Dataset004_Hippocampus', 'nnUNetTrainer__nnUNetPlans__2d', 'fold_0');
  fs.mkdirSync(folder, { recursive: true });
  said = [];
  store = new JobStore(root, {
    event: (_, event) => said.push(event.type),
    began: () => said.push('began'),
    ended: ({ status }) => said.push(`ended ${status.state}`),
  });
});
afterEach(() => {
  lock?.release();
  lock = undefined;
  store.dispose();
  for (const one of [root, cacheHome]) fs.rmSync(one, { recursive: true, force: true });
  if (cacheBefore === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cacheBefore;
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

describe('the store of jobs', () => {
  it('knows what was trained before it began, without telling of it as news', async () => {
    write(epoch(0, 0.3), { type: 'finished', state: 'done', meanDice: 0.7 });
    await store.scan();
    assert.deepEqual(said, []);
    const [run] = store.jobs;
    assert.equal(run?.status.state, 'finished');
    assert.equal(run?.status.meanDice, 0.7);
    assert.deepEqual(run?.training?.diceCurve, [0.3]);
  });

  it('follows a run that another program starts, from its first event to its end', async () => {
    await store.scan();
    lock = await RunLock.acquire(folder);
    write({ type: 'stage', stage: 'train', state: 'started' });
    await store.scan();
    write(epoch(0, 0.3));
    store.poll();
    write(epoch(1, 0.4), { type: 'finished', state: 'stopped' });
    lock.release();
    store.poll();
    assert.deepEqual(said, ['began', 'stage', 'epoch', 'epoch', 'finished', 'ended stopped']);
    assert.deepEqual(store.get(folder)?.training?.diceCurve, [0.3, 0.4]);
    assert.deepEqual(store.active, []);
  });

  it('re-attaches to a run that is going on', async () => {
    lock = await RunLock.acquire(folder);
    write(epoch(0, 0.3));
    await store.scan();
    assert.equal(store.active[0]?.status.epoch, 1);
    write(epoch(1, 0.4));
    store.poll();
    assert.equal(store.active[0]?.status.epoch, 2);
    assert.deepEqual(said, ['epoch']);
  });

  it('hears that a run is to stop before the run itself has heard it', async () => {
    let changes = 0;
    store = new JobStore(root, { changed: () => (changes += 1) });
    lock = await RunLock.acquire(folder);
    write({ type: 'stage', stage: 'train', state: 'started', total: 9 });
    await store.scan();
    assert.equal(store.get(folder)?.status.isStopping, undefined);
    fs.mkdirSync(join(folder, 'control'));
    fs.writeFileSync(join(folder, 'control', 'stop'), '');
    const before = changes;
    store.poll();
    assert.equal(store.get(folder)?.status.isStopping, true);
    assert.equal(changes, before + 1);
    // Validation has begun: the request is taken, and what follows from it goes on.
    write({ type: 'stopping', validates: true }, { type: 'stage', stage: 'validate', state: 'started', total: 2 });
    fs.rmSync(join(folder, 'control', 'stop'));
    store.poll();
    assert.equal(store.get(folder)?.status.isStopping, true);
    write({ type: 'finished', state: 'stopped' });
    lock.release();
    store.poll();
    assert.equal(store.get(folder)?.status.isStopping, undefined);
    // It is resumed, and has said nothing yet: that an earlier start was stopped is past.
    lock = await RunLock.acquire(folder);
    const { state, isStopping } = store.lookAt(folder)!.status;
    assert.deepEqual([state, isStopping], ['running', undefined]);
  });

  it('tells a run that was killed from one that finished', async () => {
    fs.writeFileSync(join(folder, 'run.lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
    write(epoch(0, 0.3));
    await store.scan();
    fs.rmSync(join(folder, 'run.lock'));
    store.poll();
    assert.deepEqual(said, ['ended interrupted']);
  });

  it('begins anew with a new training in the same folder', async () => {
    write(epoch(0, 0.3), epoch(1, 0.5), { type: 'finished', state: 'done', meanDice: 0.7 });
    fs.writeFileSync(join(folder, 'checkpoint_final.pth'), '');
    await store.scan();
    setAside(folder);
    lock = await RunLock.acquire(folder);
    write(epoch(0, 0.1));
    await store.scan();
    assert.deepEqual(store.get(folder)?.training?.diceCurve, [0.1]);
    assert.equal(store.get(folder)?.status.meanDice, undefined);
    assert.deepEqual(said, ['began', 'epoch']);
  });

  it('counts an epoch that a resumed training repeats once', async () => {
    write(epoch(0, 0.1), epoch(1, 0.2), epoch(2, 0.3), epoch(1, 0.25));
    await store.scan();
    assert.deepEqual(store.get(folder)?.training?.diceCurve, [0.1, 0.25]);
  });

  it('says so when the folder of a running training is deleted', async () => {
    lock = await RunLock.acquire(folder);
    write(epoch(0, 0.3));
    await store.scan();
    lock.release();
    lock = undefined;
    // The process still believes it runs: only the folder is gone.
    fs.rmSync(join(root, 'Dataset004_Hippocampus'), { recursive: true });
    await store.scan();
    assert.deepEqual(said, ['ended failed']);
    assert.deepEqual(store.jobs, []);
  });

  it('passes over a corrupt line', async () => {
    write(epoch(0, 0.3));
    fs.appendFileSync(join(folder, 'events.jsonl'), '{"type":\n\u0000\u0001\n');
    write(epoch(1, 0.4));
    await store.scan();
    assert.deepEqual(store.get(folder)?.training?.diceCurve, [0.3, 0.4]);
  });
});

/** As a training of so many epochs writes it, with the iterations of each. */
function longLog(epochs: number, state: 'done' | undefined = 'done'): string {
  const lines: object[] = [{ type: 'stage', stage: 'train', state: 'started', total: epochs }];
  for (let number = 0; number < epochs; number += 1) {
    for (let iteration = 0; iteration < 20; iteration += 1)
      lines.push({ type: 'iteration', epoch: number, iteration, iterations: 20, loss: 0.5 });
    lines.push(epoch(number, number / epochs));
  }
  if (state) lines.push({ type: 'finished', state, meanDice: 0.7 });
  const time = new Date(1e12).toISOString();
  return lines.map((line) => `${JSON.stringify({ ...line, time })}\n`).join('');
}

/** Files opened and bytes read of logs while something is done. */
async function readingOf(action: () => Promise<unknown>): Promise<{ logs: number; bytes: number }> {
  const { openSync, readSync } = fs;
  const descriptors = new Set<number>();
  const seen = { logs: 0, bytes: 0 };
  const opened = mock.method(fs, 'openSync', (...args: Parameters<typeof openSync>): number => {
    const descriptor = openSync(...args);
    if (String(args[0]).endsWith('events.jsonl')) {
      descriptors.add(descriptor);
      seen.logs += 1;
    } else descriptors.delete(descriptor);
    return descriptor;
  });
  const read = mock.method(fs, 'readSync', (...args: Parameters<typeof readSync>): number => {
    const count = readSync(...args);
    if (descriptors.has(args[0])) seen.bytes += count;
    return count;
  });
  await action();
  opened.mock.restore();
  read.mock.restore();
  return seen;
}

/** Without what is undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('long logs in the store', () => {
  const folders = (): string[] =>
    [0, 1, 2].map((fold) => join(root, 'Dataset004_Hippocampus', 'A__P__2d', `fold_${fold}`));
  const writeLogs = (text: string): void => {
    for (const one of folders()) {
      fs.mkdirSync(one, { recursive: true });
      fs.writeFileSync(join(one, 'events.jsonl'), text);
    }
  };

  it('are told of by their ends first, and are whole a while later', async () => {
    const text = longLog(400);
    writeLogs(text);
    const whenTold: string[][] = [];
    const { bytes } = await readingOf(async () => {
      store = new JobStore(root, {
        changed: () =>
          whenTold.push(store.jobs.map(({ status }) => `${status.state} ${status.meanDice} ${status.epoch}`)),
      });
      await store.scan();
      assert.deepEqual(whenTold[0], Array(3).fill('finished 0.7 400'));
      assert.ok(store.jobs.every(({ isPartial }) => isPartial));
      await store.readAll();
    });
    assert.ok(bytes < 3 * (text.length + 300_000), `${bytes} bytes were read of ${3 * text.length}`);
    for (const job of store.jobs) {
      assert.equal(job.isPartial, undefined);
      assert.equal(job.training?.diceCurve.length, 400);
      assert.equal(job.training?.seconds, 400);
    }
  });

  it('are not opened again by the next window, nor by the next scan', async () => {
    writeLogs(longLog(400));
    await store.readAll();
    const again = async (): Promise<JobStore> => {
      const next = new JobStore(root);
      await next.readAll();
      return next;
    };
    assert.deepEqual(await readingOf(() => store.readAll()), { logs: 0, bytes: 0 });
    assert.deepEqual(await readingOf(again), { logs: 0, bytes: 0 });
    assert.deepEqual(plain((await again()).jobs), plain(store.jobs));
    // What was appended since costs what it is long.
    const [first, second] = folders();
    fs.appendFileSync(join(first!, 'events.jsonl'), `${JSON.stringify({ ...epoch(400, 0.9), time: '2026-01-01' })}\n`);
    const grown = await readingOf(again);
    assert.ok(grown.logs === 1 && grown.bytes < 2000, JSON.stringify(grown));
    // Another log in the place is read from its beginning, whatever was kept.
    fs.rmSync(join(second!, 'events.jsonl'));
    fs.writeFileSync(join(second!, 'events.jsonl'), longLog(500).replaceAll('2001', '2002'));
    assert.equal((await again()).get(second!)?.training?.diceCurve.length, 500);
  });

  it('are read anew where what was kept of them is damaged', async () => {
    writeLogs(longLog(400));
    await store.readAll();
    const kept = join(cacheHome, 'nnunet', 'logs');
    const names = fs.readdirSync(kept);
    assert.equal(names.length, 3);
    for (const [index, name] of names.entries())
      fs.writeFileSync(join(kept, name), ['{"version":1,"place":null}', 'nonsense', '[]'][index]!);
    const next = new JobStore(root);
    await next.readAll();
    assert.deepEqual(plain(next.jobs), plain(store.jobs));
  });

  it('of a training that goes on tell of its state at once, and of news only when all of it was read', async () => {
    fs.writeFileSync(join(folder, 'events.jsonl'), longLog(800, undefined));
    lock = await RunLock.acquire(folder);
    await store.scan();
    assert.equal(store.get(folder)?.status.epoch, 800);
    await store.readAll();
    assert.deepEqual(said, []);
    write(epoch(800, 0.9));
    store.poll();
    assert.deepEqual(said, ['epoch']);
    assert.equal(store.get(folder)?.training?.diceCurve.length, 801);
  });
});

describe('what the store cannot read', () => {
  it('is one problem, and everything else is there', async () => {
    write(epoch(0, 0.3));
    const results = join(root, 'Dataset005_Loop');
    fs.symlinkSync('Dataset005_Loop', results);
    const other = join(folder, '..', 'fold_1');
    fs.mkdirSync(join(other, 'events.jsonl'), { recursive: true });
    await store.scan();
    assert.deepEqual(
      store.problems.map(({ where }) => where),
      [results],
    );
    assert.deepEqual(
      store.jobs.map(({ problem }) => problem !== undefined),
      [false, true],
    );
    // It is told once, not at every scan.
    let changes = 0;
    store = new JobStore(root, { changed: () => (changes += 1) });
    await store.scan();
    await store.scan();
    assert.equal(changes, 1);
  });

  it('is the whole folder where that is none', async () => {
    const file = join(root, 'a file');
    fs.writeFileSync(file, '');
    store = new JobStore(file);
    await store.scan();
    assert.deepEqual([store.jobs.length, store.problems.length], [0, 1]);
    store = new JobStore(join(root, 'absent'));
    await store.scan();
    assert.deepEqual([store.jobs.length, store.problems.length], [0, 0]);
  });
});

describe('a folder of nnU-Net itself', () => {
  it('is a training, by its checkpoints', async () => {
    fs.writeFileSync(join(folder, 'checkpoint_latest.pth'), '');
    await store.scan();
    assert.equal(store.get(folder)?.status.state, 'interrupted');
    fs.writeFileSync(join(folder, 'checkpoint_final.pth'), '');
    await store.scan();
    assert.equal(store.get(folder)?.status.state, 'finished');
    assert.deepEqual(said, []);
  });

  it('is none while it is empty', async () => {
    await store.scan();
    assert.deepEqual(store.jobs, []);
    assert.equal(await store.learn(folder), undefined);
  });
});

describe('jobs other than trainings', () => {
  const request = (kind: 'check', title: string): AnyJob =>
    newJob({ kind, title, request: {} as never, roots: rootsBelow(root) }) as AnyJob;

  it('are known once they have said something, with what was asked for', async () => {
    const job = request('check', 'Check Hippocampus');
    writeJob(root, job);
    await store.scan();
    assert.deepEqual(store.jobs, [], 'it waits, which is for others to tell');
    folder = jobFolder(root, job.id);
    lock = await RunLock.acquire(folder);
    write({ type: 'stage', stage: 'check', state: 'started' });
    assert.equal(store.lookAt(folder)?.title, 'Check Hippocampus');
    const { id, kind, status, training } = store.byId(job.id)!;
    assert.deepEqual([id, kind, status.state, training], [job.id, 'check', 'running', undefined]);
    assert.deepEqual(store.trainings, []);
    write({ type: 'finished', state: 'done' });
    lock.release();
    store.poll();
    assert.deepEqual(said, ['began', 'stage', 'finished', 'ended finished']);
    fs.rmSync(folder, { recursive: true });
    await store.scan();
    assert.deepEqual(store.jobs, []);
  });

  it('whose job.json is damaged are one problem each', async () => {
    const job = request('check', 'Check');
    writeJob(root, job);
    fs.writeFileSync(join(jobFolder(root, job.id), 'job.json'), '{');
    await store.scan();
    assert.deepEqual(
      store.problems.map(({ where }) => where),
      [join(jobFolder(root, job.id), 'job.json')],
    );
  });
});
