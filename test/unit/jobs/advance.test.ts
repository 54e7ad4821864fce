import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { advance } from '../../../src/jobs/advance';
import { graphFile, readGraph } from '../../../src/jobs/graphFile';
import type { AnyJob } from '../../../src/jobs/job';
import { jobFolder, writeJob } from '../../../src/jobs/jobFolder';
import { noteFirstStart } from '../../../src/jobs/launchFile';
import { submitJobs, type Submitted } from '../../../src/jobs/submit';
import { readWaiting, readWaitingAnd, removeWaiting, retryWaiting } from '../../../src/jobs/waiting';
import { RunError, type NnunetError } from '../../../src/method/errors';
import { checkJob, FakeLauncher, roomyMachine, trainJob } from './someJobs';

let root: string;
let launcher: FakeLauncher;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet jobs é-'));
  launcher = new FakeLauncher();
});
afterEach(() => {
  launcher.end(root, 'killed');
  fs.rmSync(root, { recursive: true });
});

const hasCode = (code: string) => (error: NnunetError) => error.code === code;
const submit = (jobs: readonly AnyJob[], machine = roomyMachine): Promise<Submitted[]> =>
  submitJobs(root, jobs, launcher.starter, machine);
const goOn = (machine = roomyMachine) => advance(root, launcher.starter, machine);
const waitingIds = (): string[] => readWaiting(root).map(({ job }) => job.id);
const memory = (gigabytes: number) => ({
  ...roomyMachine,
  memory: () => ({ totalBytes: gigabytes * 1e9, availableBytes: gigabytes * 1e9 }),
});

describe('jobs', () => {
  it('on one device start one after the other, and say what they wait for', async () => {
    const jobs = [0, 1, 2].map((fold) => trainJob(root, fold));
    const told = await submit(jobs);
    assert.deepEqual(
      told.map(({ state }) => state),
      ['started', 'waiting', 'waiting'],
    );
    assert.deepEqual(told[1]!.waiting, { for: 'device', device: 'cpu', ids: [jobs[0]!.id] });
    assert.equal((await goOn()).length, 0);
    launcher.end(root);
    assert.deepEqual(
      (await goOn()).map(({ job }) => job.id),
      [jobs[1]!.id],
    );
    assert.deepEqual(waitingIds(), [jobs[2]!.id]);
  });

  it('that take what there is say what that is: the GPU, or else the processor', async () => {
    for (const [at, [only, words]] of Object.entries([
      ['cuda:0', 'cuda'],
      ['cpu', 'cpu'],
    ])) {
      const machine = { ...roomyMachine, devices: async () => [...new Set([only!, 'cpu'])] };
      const folds = [2 * Number(at), 2 * Number(at) + 1];
      const told = await submit(
        folds.map((fold) => trainJob(root, fold, { device: 'auto' })),
        machine,
      );
      assert.deepEqual(told[1]!.waiting, { for: 'device', device: words, ids: [told[0]!.job.id] });
      launcher.end(root);
      await goOn(machine);
      launcher.end(root);
    }
  });

  it('use several devices at once, and nobody overtakes on the same device', async () => {
    await submit(['cuda:0', 'cuda:0', 'cuda:1', 'cuda'].map((device, fold) => trainJob(root, fold, { device })));
    assert.deepEqual(launcher.folds, [0, 2]);
  });

  it('are spread over the GPUs where none was named', async () => {
    const machine = { ...roomyMachine, devices: async () => ['cuda:0', 'cuda:1', 'cpu'] };
    await submit(
      [0, 1, 2].map((fold) => trainJob(root, fold, { device: 'auto' })),
      machine,
    );
    const given = (): unknown[] => launcher.started.map(({ resources }) => resources.device);
    assert.deepEqual(
      [launcher.folds, given()],
      [
        [0, 1],
        ['cuda:0', 'cuda:1'],
      ],
    );
    launcher.end(root, 'done', launcher.started.slice(0, 1));
    await goOn(machine);
    assert.deepEqual(
      [launcher.folds, given()],
      [
        [0, 1, 2],
        ['cuda:0', 'cuda:1', 'cuda:0'],
      ],
    );
  });

  it('of a second stage are held back until the first has ended, wherever they stand', async () => {
    const first = trainJob(root, 0, { device: 'cuda:0' });
    const second = { ...trainJob(root, 1, { device: 'cuda:1' }), after: [{ id: first.id, is: 'ended' as const }] };
    const told = await submit([second, first]);
    assert.deepEqual(launcher.folds, [0]);
    assert.deepEqual(told[0]!.waiting, { for: 'jobs', ids: [first.id] });
    launcher.end(root, 'failed');
    await goOn();
    assert.deepEqual(launcher.folds, [0, 1]);
  });

  it('that need an earlier one done fail with a reason when it is not, and go on with it when it is tried again', async () => {
    const first = checkJob(root);
    const second = checkJob(root, { id: 'aaaaaaaa', after: [{ id: first.id, is: 'done' }] });
    const third = checkJob(root, { id: 'bbbbbbbb', after: [{ id: second.id, is: 'done' }] });
    let isBroken = true;
    launcher = new FakeLauncher((job) => {
      if (job.id === first.id && isBroken) throw new RunError('runner-failed', 'No engine', { hint: 'Install it.' });
    });
    await submit([first, second, third]);
    await goOn();
    const codes = (): (string | undefined)[] => readWaiting(root).map(({ failure }) => failure?.code);
    assert.deepEqual(codes(), ['runner-failed', 'earlier-job-failed', 'earlier-job-failed']);
    isBroken = false;
    assert.equal(await retryWaiting(root, first.id), true);
    await goOn();
    assert.deepEqual(
      launcher.started.map(({ id }) => id),
      [first.id],
    );
    launcher.end(root, 'done');
    await goOn();
    assert.deepEqual(waitingIds(), [third.id]);
    launcher.end(root, 'failed');
    await goOn();
    assert.deepEqual(codes(), ['earlier-job-failed']);
  });

  it('start once each when several ask at the same time', async () => {
    const jobs = [0, 1, 2].map((fold) => trainJob(root, fold, { device: `cuda:${fold}` }));
    for (const job of jobs) writeJob(root, job);
    fs.writeFileSync(graphFile(root), JSON.stringify({ entries: jobs.map(({ id }) => ({ id, host: hostname() })) }));
    await Promise.all([1, 2, 3, 4].map(() => goOn()));
    assert.deepEqual([...launcher.folds].sort(), [0, 1, 2]);
    assert.deepEqual(waitingIds(), []);
  });

  it('that could not start stay with the reason, and the others go on', async () => {
    launcher = new FakeLauncher((job) => {
      if (job.kind === 'train' && job.request.fold === 0)
        throw new RunError('no-core', 'No engine', { hint: 'Install it.' });
    });
    const told = await submit([trainJob(root, 0), trainJob(root, 1)]);
    assert.deepEqual(told[0]!.failure, { code: 'no-core', message: 'No engine', hint: 'Install it.' });
    assert.equal(told[1]!.state, 'started');
    assert.deepEqual(readWaiting(root)[0]!.failure?.hint, 'Install it.');
  });

  it('of another machine are left to it', async () => {
    await submit([trainJob(root, 0), trainJob(root, 1)]);
    launcher.end(root);
    const text = fs.readFileSync(graphFile(root), 'utf8').replace(JSON.stringify(hostname()), '"elsewhere"');
    fs.writeFileSync(graphFile(root), text);
    assert.equal((await goOn()).length, 0);
    const [entry] = readWaiting(root);
    assert.equal(entry!.host, 'elsewhere');
    // A person may take it over.
    await retryWaiting(root, entry!.job.id);
    assert.equal((await goOn()).length, 1);
  });

  it('are taken over from a program that was killed while it started them', async () => {
    const jobs = [trainJob(root, 0), trainJob(root, 1, { device: 'cuda:1' })];
    for (const job of jobs) writeJob(root, job);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const starting = { pid, host: hostname() };
    const entries = jobs.map(({ id }) => ({ id, host: hostname(), starting }));
    fs.writeFileSync(graphFile(root), JSON.stringify({ entries }));
    // The first had begun, and has ended meanwhile.
    noteFirstStart(root, jobs[0]!.id, { launcher: 'local', host: hostname(), pid });
    await goOn();
    assert.deepEqual(launcher.folds, [1]);
    assert.deepEqual(waitingIds(), []);
  });

  it('are started by nobody else while a program starts them, however wrong its clock', async () => {
    const job = trainJob(root, 0);
    writeJob(root, job);
    const starting = { pid: process.ppid, host: 'elsewhere', since: '1999-01-01T00:00:00.000Z' };
    fs.writeFileSync(graphFile(root), JSON.stringify({ entries: [{ id: job.id, host: hostname(), starting }] }));
    assert.equal((await goOn()).length, 0);
  });

  it('need not wait where one that was asked for anew takes the place of one that failed', async () => {
    launcher = new FakeLauncher(() => {
      throw new RunError('no-core', 'No engine');
    });
    await submit([trainJob(root, 0)]);
    launcher = new FakeLauncher();
    assert.equal((await submit([trainJob(root, 0)]))[0]!.state, 'started');
    assert.deepEqual(readGraph(root), []);
  });

  it('that wait already are refused, and leave nothing', async () => {
    await submit([trainJob(root, 0), trainJob(root, 1)]);
    const again = [trainJob(root, 2), trainJob(root, 1)];
    await assert.rejects(submit(again), hasCode('already-queued'));
    assert.equal(readGraph(root).length, 1);
    for (const { id } of again) assert.ok(!fs.existsSync(jobFolder(root, id)));
  });
});

describe('jobs that need memory or disk', () => {
  const big = (fold: number, memoryBytes: number) => trainJob(root, fold, { device: `cuda:${fold}`, memoryBytes });

  it('wait until there is enough beside the running ones, and say for what', async () => {
    const told = await submit([big(0, 6e9), big(1, 6e9), big(2, 1e9)], memory(10));
    assert.deepEqual(launcher.folds, [0]);
    assert.deepEqual(told[1]!.waiting, { for: 'memory', neededBytes: 6e9, freeBytes: 4e9 });
    assert.deepEqual(told[2]!.waiting, { for: 'turn' }, 'nobody takes what it waits for');
    launcher.end(root);
    await goOn(memory(10));
    assert.deepEqual(launcher.folds, [0, 1, 2]);
  });

  it('do not hold back those that need none', async () => {
    await submit([big(0, 6e9), big(1, 6e9), checkJob(root)], memory(10));
    assert.deepEqual(launcher.folds, [0, 'check']);
  });

  it('start all the same where nothing runs that they could wait for', async () => {
    const [told] = await submit([big(0, 60e9)], memory(10));
    assert.equal(told!.state, 'started');
  });

  it('wait for disk and hold nobody back', async () => {
    const machine = { ...roomyMachine, disk: async () => 10e9 };
    const told = await submit(
      [
        trainJob(root, 0, { device: 'cuda:0', diskBytes: 8e9 }),
        trainJob(root, 1, { device: 'cuda:1', diskBytes: 8e9 }),
        trainJob(root, 2, { device: 'cuda:2', diskBytes: 1e9 }),
      ],
      machine,
    );
    assert.deepEqual(launcher.folds, [0, 2]);
    assert.deepEqual(told[1]!.waiting, { for: 'disk', neededBytes: 8e9, freeBytes: 1e9 });
  });
});

describe('bad files', () => {
  it('of the list are told, and nothing is written or started', async () => {
    await submit([trainJob(root, 0), trainJob(root, 1)]);
    launcher.end(root);
    for (const text of ['{"entries":[{}]}', '{"entries":[{"id":"../../etc","host":"h"}]}', '{"entries":']) {
      fs.writeFileSync(graphFile(root), text);
      assert.throws(() => readWaiting(root));
      await assert.rejects(goOn());
      await assert.rejects(submit([trainJob(root, 3)]));
      assert.equal(fs.readFileSync(graphFile(root), 'utf8'), text);
    }
    assert.deepEqual(launcher.folds, [0]);
  });

  for (const [what, damage] of [
    ['damaged', (file: string) => fs.writeFileSync(file, '{"id": 7}')],
    ['torn', (file: string) => fs.truncateSync(file, 20)],
    [
      'of a training without folders',
      (file: string) => fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"results"', '"x"')),
    ],
    ['gone with its folder', (file: string) => fs.rmSync(join(file, '..'), { recursive: true })],
  ] as const) {
    it(`of a job that waits (${what}) keep it from starting, and the others go on`, async () => {
      const jobs = [trainJob(root, 0), trainJob(root, 1), trainJob(root, 2)];
      await submit(jobs);
      damage(join(jobFolder(root, jobs[1]!.id), 'job.json'));
      launcher.end(root);
      await goOn();
      assert.deepEqual(launcher.folds, [0, 2]);
      const [damaged] = readWaitingAnd(root).damaged;
      assert.equal(damaged?.id, jobs[1]!.id);
      assert.equal(readGraph(root)[0]!.failure?.code, what.startsWith('gone') ? 'job-missing' : 'job-damaged');
      await removeWaiting(root, [jobs[1]!.id]);
      assert.deepEqual(readGraph(root), []);
    });
  }
});
