import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, beforeEach, it } from 'node:test';
import type { AnyJob } from '../../src/jobs/job';
import { jobFolder, writeJob } from '../../src/jobs/jobFolder';
import { handleFile } from '../../src/jobs/launchFile';
import type { LaunchHandle, Launcher, Observed } from '../../src/jobs/launcher';
import { slurmLauncher } from '../../src/jobs/slurm/launcher';
import type { ClusterSettings } from '../../src/jobs/slurm/settings';
import { evaluationJob, trainingJob } from '../unit/jobs/slurm/jobs';
import { describeSlurm, SlurmCluster } from './cluster';

/** Stands in for the runner: notes each start, waits until a file says how to end, and notes the signal before the time is up. */
const standIn = `
const { appendFileSync, existsSync } = require('fs');
const { join } = require('path');
const [root, id] = process.argv.slice(2);
const folder = join(root, '.nnunet', 'jobs', id);
const note = (line) => appendFileSync(join(folder, 'notes'), line + '\\n');
process.on('SIGUSR1', () => note('time is up'));
note('start');
console.log('printed');
setInterval(() => {
  if (existsSync(join(folder, 'succeed'))) process.exit(0);
  if (existsSync(join(folder, 'fail'))) process.exit(1);
}, 50);
`;

describeSlurm('Jobs that are handed to Slurm', () => {
  let cluster: SlurmCluster;
  let scratch: string;
  let launcher: Launcher;
  let root: string;

  before(async () => {
    cluster = await SlurmCluster.start();
    Object.assign(process.env, cluster.environment);
    scratch = mkdtempSync(join(tmpdir(), 'nnunet-slurm-'));
    const runner = join(scratch, 'runner.js');
    writeFileSync(runner, standIn);
    launcher = slurmLauncher({ program: () => ({ node: process.execPath, runner }), freshSeconds: 0 });
  });
  after(async () => {
    await cluster.stop();
    rmSync(scratch, { recursive: true, force: true });
  });
  beforeEach(() => {
    root = join(mkdtempSync(join(scratch, "it's 100%a ")), 'nnUNet_results');
  });

  async function submit(...jobs: AnyJob[]): Promise<LaunchHandle[]> {
    for (const job of jobs) writeJob(root, job);
    return launcher.submit(root, jobs);
  }

  function notes(id: string): string {
    const file = join(jobFolder(root, id), 'notes');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  function tell(id: string, how: 'succeed' | 'fail'): void {
    mkdirSync(jobFolder(root, id), { recursive: true });
    writeFileSync(join(jobFolder(root, id), how), '');
  }

  async function until<T>(look: () => T | Promise<T>, isIt: (seen: T) => boolean): Promise<T> {
    for (const deadline = Date.now() + 60_000; ;) {
      const seen = await look();
      if (isIt(seen)) return seen;
      if (Date.now() > deadline) throw new Error(`Last seen: ${JSON.stringify(seen)}\n${cluster.logs}`);
      await sleep(100);
    }
  }

  const observe = (handles: LaunchHandle[]): Promise<Observed[]> => launcher.observe(handles);
  const state = async (handle: LaunchHandle): Promise<Observed> => (await observe([handle]))[0]!;
  const ofFold = (fold: number, after: AnyJob['after'] = []): AnyJob =>
    trainingJob(`aaaaaaa${fold}`, fold, { resources: { device: 'cpu' }, after });

  it('run as an array, one each, and what waits for them after them', async () => {
    const folds = [0, 1, 2].map((fold) => ofFold(fold));
    const last = evaluationJob('bbbbbbbb', { after: folds.map(({ id }) => ({ id, is: 'done' })) });
    const handles = await submit(last, ...folds);
    const [ofLast, ...ofFolds] = handles as [LaunchHandle, ...LaunchHandle[]];
    const numbers = ofFolds.map((handle) => handle.launcher === 'slurm' && [handle.jobId, handle.arrayIndex]);
    const array = ofFolds[0]?.launcher === 'slurm' && ofFolds[0].jobId;
    assert.deepEqual(
      numbers,
      [0, 1, 2].map((index) => [array, index]),
    );
    // Two cores, three folds.
    await until(
      () => observe(handles),
      (seen) => seen.filter((one) => one.state === 'running').length === 2,
    );
    const seen = await until(
      () => observe(handles),
      ([one, , , fourth]) =>
        one?.state === 'pending' &&
        one.reason === 'Dependency' &&
        fourth?.state === 'pending' &&
        fourth.reason === 'Resources',
    );
    assert.equal(seen.length, 4);
    for (const { id } of folds) tell(id, 'succeed');
    await until(() => notes(last.id), Boolean);
    tell(last.id, 'succeed');
    await until(
      () => state(ofLast),
      (one) => one.state === 'ended' && one.how === 'COMPLETED',
    );
    for (const { id } of [...folds, last]) {
      assert.equal(notes(id), 'start\n');
      assert.equal(readFileSync(join(jobFolder(root, id), 'slurm.txt'), 'utf8'), 'printed\n');
    }
  });

  it('are ended by the cluster where what they wait for fails, and started where it only has to end', async () => {
    const first = evaluationJob('aaaaaaaa');
    const needsIt = evaluationJob('bbbbbbbb', { after: [{ id: first.id, is: 'done' }] });
    const comesLater = evaluationJob('cccccccc', { after: [{ id: first.id, is: 'ended' }] });
    const [, inVain] = await submit(first, needsIt, comesLater);
    tell(first.id, 'fail');
    tell(comesLater.id, 'succeed');
    await until(() => notes(comesLater.id), Boolean);
    await until(
      () => state(inVain!),
      (one) => one.state === 'ended' && one.how === 'DependencyNeverSatisfied',
    );
    assert.equal(notes(needsIt.id), '');
  });

  it('hear that their time is up, are queued again with a reason, and start again', async () => {
    const job = evaluationJob('aaaaaaaa');
    const [handle] = await submit(job);
    await until(() => notes(job.id), Boolean);
    const number = handle!.launcher === 'slurm' ? handle!.jobId : '';
    cluster.timeIsUp(number);
    await until(
      () => notes(job.id),
      (text) => text === 'start\ntime is up\n',
    );
    cluster.run('scontrol', 'requeue', number);
    await until(
      () => state(handle!),
      (one) => one.state === 'pending' && one.reason === 'BeginTime',
    );
    await until(
      () => {
        cluster.startNow(number);
        return notes(job.id);
      },
      (text) => text === 'start\ntime is up\nstart\n',
    );
    tell(job.id, 'succeed');
    await until(
      () => state(handle!),
      (one) => one.state === 'ended' && one.how === 'COMPLETED',
    );
  });

  it('are cancelled, running or waiting, one of an array alone too', async () => {
    const handles = await submit(ofFold(0), ofFold(1), ofFold(2));
    await until(
      () => observe(handles),
      (seen) => seen.filter((one) => one.state === 'running').length === 2,
    );
    await launcher.cancel(handles[2]!);
    await launcher.cancel(handles[0]!);
    await until(
      () => observe(handles),
      (seen) =>
        seen.map((one) => (one.state === 'ended' ? one.how : one.state)).join() === 'CANCELLED,running,CANCELLED',
    );
    await launcher.cancel(handles[1]!);
    assert.equal(notes('aaaaaaa2'), '');
  });

  it('are told to be lost where the cluster knows nothing of them, alone and among others', async () => {
    const lost: LaunchHandle = { launcher: 'slurm', jobId: '99999' };
    assert.deepEqual(await observe([lost]), [{ state: 'lost' }]);
    const [handle] = await submit(evaluationJob('aaaaaaaa'));
    const [one, other] = await observe([handle!, lost]);
    assert.notEqual(one!.state, 'lost');
    assert.equal(other!.state, 'lost');
    await launcher.cancel(handle!);
  });

  it('are handed in once, also by the next program after one that ended too soon', async () => {
    const jobs = [ofFold(0), ofFold(1)];
    const handles = await submit(...jobs);
    for (const { id } of jobs) rmSync(handleFile(root, id));
    const [first] = handles;
    const firstNumber = first?.launcher === 'slurm' ? first.jobId : '';
    // Those of other tests may be ending still.
    const queued = (): string[] =>
      cluster
        .run('squeue', '--noheader', '--array', '--format=%i')
        .split('\n')
        .filter((number) => Number.parseInt(number) >= Number(firstNumber));
    const before = queued();
    assert.equal(before.length, 2);
    assert.deepEqual(await launcher.submit(root, jobs), handles);
    assert.deepEqual(queued(), before);
    for (const handle of handles) await launcher.cancel(handle);
  });

  it("are refused in the cluster's words, and those before them stay handed in", async () => {
    const wrong: ClusterSettings = { partition: 'gpuu' };
    const first = evaluationJob('aaaaaaaa');
    const refused = evaluationJob('bbbbbbbb', { cluster: wrong });
    await assert.rejects(submit(first, refused), {
      code: 'cluster-refused',
      message: /invalid partition specified: gpuu/,
    });
    assert.ok(existsSync(handleFile(root, first.id)));
    assert.ok(!existsSync(handleFile(root, refused.id)));
    tell(first.id, 'succeed');
    await until(() => notes(first.id), Boolean);
  });

  it('get what is asked for: partition, GPU, memory and time', async () => {
    const settings: ClusterSettings = {
      partition: 'short',
      gpus: 'a100:1',
      memory: '100M',
      time: '00:10:00',
      lines: ['#SBATCH --nice=7'],
    };
    const job = trainingJob('aaaaaaaa', 0, { cluster: settings });
    const [handle] = await submit(job);
    await until(() => notes(job.id), Boolean);
    const shown = cluster.run('scontrol', 'show', 'job', handle!.launcher === 'slurm' ? handle!.jobId : '');
    for (const words of [
      'Partition=short',
      'gres:gpu:a100:1',
      'MinMemoryNode=100M',
      'TimeLimit=00:10:00',
      'Nice=7',
      'Requeue=1',
    ])
      assert.ok(shown.includes(words), `${words} in ${shown}`);
    await launcher.cancel(handle!);
  });
});
