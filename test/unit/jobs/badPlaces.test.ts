import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { advance } from '../../../src/jobs/advance';
import { readGraph } from '../../../src/jobs/graphFile';
import { jobFolder, jobsFolder, writeJob } from '../../../src/jobs/jobFolder';
import { noteFirstStart } from '../../../src/jobs/launchFile';
import { submitJobs } from '../../../src/jobs/submit';
import { sweepOldJobs } from '../../../src/jobs/sweepOldJobs';
import { readWaiting } from '../../../src/jobs/waiting';
import type { NnunetError } from '../../../src/method/errors';
import { checkJob, FakeLauncher, roomyMachine, trainJob } from './someJobs';

let root: string;
let launcher: FakeLauncher;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'nnunet bad places é-'));
  launcher = new FakeLauncher();
});
afterEach(() => {
  launcher.end(root, 'killed');
  fs.rmSync(root, { recursive: true, force: true });
});

const hasCode = (code: string) => (error: NnunetError) => error.code === code;
const submit = (...jobs: Parameters<typeof submitJobs>[1]) => submitJobs(root, jobs, launcher.starter, roomyMachine);
const goOn = () => advance(root, launcher.starter, roomyMachine);

describe('jobs where files can not be as they should', () => {
  it('are refused in one clear error where nothing can be written, and nothing starts', async () => {
    fs.writeFileSync(join(root, '.nnunet'), 'in the way');
    await assert.rejects(submit(trainJob(root, 0)), hasCode('results-not-writable'));
    assert.deepEqual(launcher.started, []);
    assert.equal(fs.readFileSync(join(root, '.nnunet'), 'utf8'), 'in the way');
  });

  it('are refused where the disk is full, what waits stays, and all goes on when it is not', async (test) => {
    fs.mkdirSync(join(root, '.nnunet'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', join(root, '.nnunet')]);
    if (mounted.status !== 0) return test.skip('only root can mount a small disk');
    try {
      const jobs = [trainJob(root, 0), trainJob(root, 1)];
      await submit(...jobs);
      const filler = join(root, '.nnunet', 'filler');
      const full = fs.openSync(filler, 'w');
      assert.throws(() => {
        for (;;) fs.writeSync(full, Buffer.alloc(4096));
      }, /ENOSPC/);
      fs.closeSync(full);
      await assert.rejects(submit(trainJob(root, 2)), (error: NnunetError) => /disk is full/i.test(error.message));
      assert.deepEqual(
        readWaiting(root).map(({ job }) => job.id),
        [jobs[1]!.id],
      );
      fs.rmSync(filler);
      launcher.end(root);
      await goOn();
      assert.deepEqual([launcher.folds, readGraph(root)], [[0, 1], []]);
      assert.deepEqual(fs.readdirSync(jobsFolder(root)).sort(), jobs.map(({ id }) => id).sort());
    } finally {
      spawnSync('umount', ['--lazy', join(root, '.nnunet')]);
    }
  });

  it('that need one whose folder was removed while it ran say so', async () => {
    const first = checkJob(root);
    const second = checkJob(root, { id: 'aaaaaaaa', after: [{ id: first.id, is: 'done' }] });
    await submit(first, second);
    fs.rmSync(jobFolder(root, first.id), { recursive: true });
    await goOn();
    const [entry] = readWaiting(root);
    assert.equal(entry!.failure?.code, 'earlier-job-failed');
    assert.match(entry!.failure.message, /is gone/);
  });

  it('keep their order and their turn whatever the clock of this machine says', async (test) => {
    const jobs = [trainJob(root, 0), trainJob(root, 1), trainJob(root, 2)];
    await submit(jobs[0]!, jobs[1]!);
    for (const [at, time] of ['1999-01-01', '2099-01-01', '1970-01-02'].entries()) {
      test.mock.timers.enable({ apis: ['Date'], now: new Date(time) });
      if (at === 0) await submit(jobs[2]!);
      else {
        launcher.end(root);
        assert.equal((await goOn()).length, 1);
      }
      assert.equal((await goOn()).length, 0);
      test.mock.timers.reset();
    }
    assert.deepEqual(launcher.folds, [0, 1, 2]);
  });
});

describe('jobs that are long over', () => {
  const over = (id: string, daysAgo: number): void => {
    writeJob(root, checkJob(root, { id }));
    noteFirstStart(root, id, { launcher: 'local', host: 'h', pid: 1 });
    const time = new Date(Date.now() - daysAgo * 24 * 3_600_000);
    fs.utimesSync(join(jobFolder(root, id), 'launch.json'), time, time);
  };
  const left = (): string[] => fs.readdirSync(jobsFolder(root)).sort();

  it('go two weeks after the newest, or when there are many; those that others wait for stay', async () => {
    for (const [at, days] of [0, 1, 13, 15, 16].entries()) over(`0000000${at}`, days);
    launcher = new FakeLauncher(() => assert.fail('it waits'));
    const waits = { ...trainJob(root, 0), after: [{ id: '00000004', is: 'done' as const }] };
    await submit(waits);
    sweepOldJobs(root);
    assert.deepEqual(left(), ['00000000', '00000001', '00000002', '00000004', waits.id].sort());
    sweepOldJobs(root, 2);
    assert.deepEqual(left(), ['00000000', '00000001', '00000004', waits.id].sort());
  });

  it('stay where only the clock is wrong', () => {
    over('00000000', 400);
    over('00000001', 401);
    sweepOldJobs(root);
    assert.deepEqual(left(), ['00000000', '00000001']);
  });
});
