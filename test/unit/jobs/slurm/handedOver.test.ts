import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RunLock } from '../../../../src/dataset/foldLock';
import { advance, type Starter } from '../../../../src/jobs/advance';
import { followHere } from '../../../../src/jobs/followHere';
import { readGraph } from '../../../../src/jobs/graphFile';
import type { AnyJob } from '../../../../src/jobs/job';
import { workFolder } from '../../../../src/jobs/jobFolder';
import { killJob } from '../../../../src/jobs/killJob';
import { readHandle } from '../../../../src/jobs/launchFile';
import type { LaunchHandle, Observed } from '../../../../src/jobs/launcher';
import { writeRecord, type RunRecord } from '../../../../src/jobs/runFolder';
import { submitJobs } from '../../../../src/jobs/submit';
import { takeOff } from '../../../../src/jobs/takeOff';
import { readWaiting, retryWaiting } from '../../../../src/jobs/waiting';
import { RunError } from '../../../../src/method/errors';
import { checkJob, FakeLauncher, roomyMachine, trainJob } from '../someJobs';

/** Stands in for a scheduler: says of each job what the test has it say. */
class FakeScheduler {
  readonly submitted: string[][] = [];
  readonly cancelled: LaunchHandle[] = [];
  readonly says = new Map<string, Observed>();
  isDown = false;
  refuses = false;
  readonly local = new FakeLauncher();
  private last = 0;

  get starter(): Starter {
    return {
      launchers: {
        ...this.local.starter.launchers,
        slurm: {
          name: 'slurm',
          submit: (_root, jobs) => {
            if (this.refuses) return Promise.reject(new RunError('cluster-refused', 'Invalid partition'));
            this.submitted.push(jobs.map(({ id }) => id));
            return Promise.resolve(
              jobs.map(({ id }) => {
                this.last += 1;
                const jobId = String(this.last);
                this.says.set(jobId, { state: 'pending', reason: 'Priority' });
                this.numbers.set(id, jobId);
                return { launcher: 'slurm', jobId };
              }),
            );
          },
          cancel: (handle) => {
            this.cancelled.push(handle);
            return Promise.resolve();
          },
          observe: (handles) => {
            if (this.isDown) return Promise.reject(new RunError('cluster-silent', 'no answer'));
            return Promise.resolve(
              handles.map(
                (handle) => (handle.launcher === 'slurm' && this.says.get(handle.jobId)) || { state: 'lost' },
              ),
            );
          },
        },
      },
    };
  }

  private readonly numbers = new Map<string, string>();

  say(job: AnyJob, observed: Observed): void {
    this.says.set(this.numbers.get(job.id)!, observed);
  }
}

describe('Jobs that a scheduler has', () => {
  let root: string;
  let scheduler: FakeScheduler;
  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), 'nnunet-handed-'));
    scheduler = new FakeScheduler();
  });
  afterEach(() => {
    scheduler.local.end(root, 'killed');
    fs.rmSync(root, { recursive: true });
  });

  const onCluster = (fold: number, after: AnyJob['after'] = []): AnyJob => ({
    ...trainJob(root, fold),
    launcher: 'slurm',
    cluster: {},
    after,
  });
  const submit = (...jobs: AnyJob[]) => submitJobs(root, jobs, scheduler.starter, roomyMachine);
  const goOn = () => advance(root, scheduler.starter, roomyMachine);
  const reasons = () =>
    readWaiting(root).map(({ handedOver, failure }) => failure?.code ?? handedOver?.reason ?? 'not handed over');

  /** As its runner does; what it says at its end, if anything. */
  async function work(job: AnyJob): Promise<(state?: 'done' | 'failed') => void> {
    const folder = workFolder(root, job);
    fs.mkdirSync(folder, { recursive: true });
    const lock = await RunLock.acquire(folder);
    if (job.kind === 'train') writeRecord(folder, { ...job.request, jobId: job.id } as RunRecord);
    return (state) => {
      const line = JSON.stringify({ type: 'finished', time: '2026-01-01T00:00:00.000Z', state });
      if (state) fs.appendFileSync(join(folder, 'events.jsonl'), `${line}\n`);
      lock.release();
    };
  }

  it('are handed over together with those that wait for them, at once, and stay in the list with its reason', async () => {
    const folds = [onCluster(0), onCluster(1)];
    const last = {
      ...checkJob(root),
      launcher: 'slurm' as const,
      after: folds.map(({ id }) => ({ id, is: 'done' as const })),
    };
    const told = await submit(...folds, last);
    assert.deepEqual(scheduler.submitted, [[...folds, last].map(({ id }) => id)]);
    assert.deepEqual(
      told.map(({ state, waiting }) => [state, waiting?.for]),
      [1, 2, 3].map(() => ['waiting', 'scheduler']),
    );
    scheduler.say(last, { state: 'pending', reason: 'Dependency' });
    await goOn();
    assert.deepEqual(reasons(), ['Priority', 'Priority', 'Dependency']);
    await goOn();
    assert.equal(scheduler.submitted.length, 1);
  });

  it('are held back while they wait for what this machine does', async () => {
    const first = trainJob(root, 0);
    const second = onCluster(1, [{ id: first.id, is: 'done' }]);
    await submit(first, second);
    assert.deepEqual(scheduler.submitted, []);
    scheduler.local.end(root);
    await goOn();
    assert.deepEqual(scheduler.submitted, [[second.id]]);
  });

  it('wait for nothing while they work, wait again when they are queued again, and leave the list at their end', async () => {
    const job = onCluster(0);
    const later = { ...checkJob(root), after: [{ id: job.id, is: 'done' as const }] };
    await submit(job, later);
    const suspend = await work(job);
    scheduler.say(job, { state: 'running', host: 'node1' });
    await goOn();
    assert.deepEqual(reasons(), ['not handed over']);
    suspend();
    scheduler.say(job, { state: 'pending', reason: 'BeginTime' });
    await goOn();
    assert.deepEqual(reasons(), ['BeginTime', 'not handed over']);
    assert.deepEqual(scheduler.local.started, []);
    const end = await work(job);
    end('done');
    scheduler.say(job, { state: 'ended', how: 'COMPLETED' });
    await goOn();
    assert.deepEqual(
      scheduler.local.started.map(({ id }) => id),
      [later.id],
    );
    assert.deepEqual(readGraph(root), []);
  });

  it('are said to be lost where the scheduler forgot them and they say nothing, whatever an earlier training left there', async () => {
    const earlier = await work(trainJob(root, 0));
    earlier('done');
    const job = onCluster(0);
    const needsIt = { ...checkJob(root), after: [{ id: job.id, is: 'done' as const }] };
    await submit(job, needsIt);
    scheduler.say(job, { state: 'lost' });
    await goOn();
    assert.deepEqual(reasons(), ['job-lost', 'earlier-job-failed']);
    await retryWaiting(root, job.id);
    await goOn();
    assert.deepEqual(scheduler.submitted, [[job.id], [job.id]]);
    assert.deepEqual(reasons(), ['Priority', 'not handed over']);
    assert.deepEqual(readHandle(root, job.id), { launcher: 'slurm', jobId: '2' });
  });

  it('are said to have been ended by the cluster, in its word; what they said themselves counts more', async () => {
    const [outOfMemory, failed] = [onCluster(0), onCluster(1)];
    await submit(outOfMemory, failed);
    const end = await work(failed);
    end('failed');
    for (const job of [outOfMemory, failed]) scheduler.say(job, { state: 'ended', how: 'OUT_OF_MEMORY' });
    await goOn();
    const left = readWaiting(root);
    assert.deepEqual(
      left.map(({ job }) => job.id),
      [outOfMemory.id],
    );
    assert.equal(left[0]!.failure!.code, 'cluster-ended');
    assert.match(left[0]!.failure!.message, /job 1: OUT_OF_MEMORY/);
  });

  it('stay as they were while the scheduler does not answer', async () => {
    const job = onCluster(0);
    await submit(job);
    await goOn();
    const before = readGraph(root);
    scheduler.isDown = true;
    await goOn();
    assert.deepEqual(readGraph(root), before);
  });

  it('that it refused stay with its words, and are handed over once they are asked for again', async () => {
    scheduler.refuses = true;
    const job = onCluster(0);
    const [told] = await submit(job);
    assert.equal(told!.failure!.message, 'Invalid partition');
    scheduler.refuses = false;
    await retryWaiting(root, job.id);
    await goOn();
    assert.deepEqual(scheduler.submitted, [[job.id]]);
  });

  it('are cancelled there when they are taken off the list, except what has begun', async () => {
    const [one, other] = [onCluster(0), onCluster(1)];
    await submit(one, other);
    const end = await work(one);
    assert.deepEqual(await takeOff(root, [one.id, other.id], scheduler.starter.launchers), [other.id]);
    end();
    assert.deepEqual(scheduler.cancelled, [{ launcher: 'slurm', jobId: '2' }]);
    assert.deepEqual(
      readWaiting(root).map(({ job }) => job.id),
      [one.id],
    );
  });

  it('are ended by the scheduler where they are killed, wherever they work, and that is no failure to be told of', async () => {
    const job = onCluster(0);
    await submit(job);
    const { launchers } = scheduler.starter;
    await killJob(root, workFolder(root, job), launchers);
    assert.deepEqual(scheduler.cancelled, [], 'nothing works there yet');
    const end = await work(job);
    await killJob(root, workFolder(root, job), launchers);
    assert.deepEqual(scheduler.cancelled, [{ launcher: 'slurm', jobId: '1' }]);
    end();
    scheduler.say(job, { state: 'ended', how: 'CANCELLED' });
    await goOn();
    assert.deepEqual(reasons(), []);
  });

  it('are followed through being taken off their machine and started again: all that they say, once', async () => {
    const job = { ...checkJob(root), launcher: 'slurm' as const, cluster: {} };
    await submit(job);
    const say = (message: string): void => {
      const event = { type: 'note', time: '2026-01-01T00:00:00.000Z', message };
      fs.appendFileSync(join(workFolder(root, job), 'events.jsonl'), `${JSON.stringify(event)}\n`);
    };
    const suspend = await work(job);
    const said: string[] = [];
    let again: Promise<void> | undefined;
    const goesOn = async (): Promise<void> => {
      const end = await work(job);
      say('second start');
      fs.writeFileSync(join(workFolder(root, job), 'result.json'), '{"cases":7}');
      scheduler.say(job, { state: 'ended', how: 'COMPLETED' });
      end('done');
    };
    const followed = followHere(root, job, scheduler.starter, {
      stop: new AbortController().signal,
      waits: () => void (again ??= goesOn()),
      event: (event) => {
        if (event.type === 'note') said.push(event.message);
        if (said.length > 1 || again) return;
        scheduler.say(job, { state: 'pending', reason: 'BeginTime' });
        suspend();
      },
    });
    say('first start');
    const end = await followed;
    await again;
    assert.deepEqual(said, ['first start', 'second start']);
    assert.deepEqual(end, { state: 'done', result: { cases: 7 } });
  });

  it('that the cluster ended while they were followed are told with its words', async () => {
    const job = { ...checkJob(root), launcher: 'slurm' as const, cluster: {} };
    await submit(job);
    const die = await work(job);
    scheduler.say(job, { state: 'ended', how: 'OUT_OF_MEMORY' });
    const followed = followHere(root, job, scheduler.starter, {
      stop: new AbortController().signal,
      waits: () => undefined,
      event: () => undefined,
    });
    die();
    await assert.rejects(followed, { code: 'cluster-ended', message: /OUT_OF_MEMORY/ });
  });
});
