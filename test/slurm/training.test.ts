/** Two cross-validations with their evaluations as one graph on a real Slurm: killed, stopped by the clock and queued again in the middle. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, it } from 'node:test';
import { activeHolder } from '../../src/dataset/foldLock';
import { foldPaths, type Fold } from '../../src/dataset/results';
import { advance, type Starter } from '../../src/jobs/advance';
import { readEpochs } from '../../src/jobs/epochs';
import type { AnyJob, Job } from '../../src/jobs/job';
import { jobFolder, readJob, workFolder } from '../../src/jobs/jobFolder';
import { runStatus } from '../../src/jobs/jobLog';
import { readHandle } from '../../src/jobs/launchFile';
import { foldFolder, readRecord } from '../../src/jobs/runFolder';
import { slurmLauncher } from '../../src/jobs/slurm/launcher';
import { jobName } from '../../src/jobs/slurm/states';
import { readWaiting } from '../../src/jobs/waiting';
import { prepareTinyDataset } from '../durability/tinyDataset';
import { differencesBetween } from '../durability/trainingDifferences';
import { repositoryRoot } from '../shared';
import { readEvents } from '../unit/jobs/readEvents';
import { describeSlurm, SlurmCluster } from './cluster';

const dataset = 'Dataset001_Cluster';
const configurations = ['2d', '3d_fullres'] as const;
const epochs = 5;
const options = [
  ...['--epochs', String(epochs), '--iterations-per-epoch', '8', '--optimizer', 'adamw', '--learning-rate', '0.005'],
  ...['--seed', '7', '--threads', '1', '--device', 'cpu', '--launcher', 'slurm', '--time', '00:30:00', '--json'],
];

describeSlurm('Two cross-validations and their evaluations on a cluster', () => {
  let cluster: SlurmCluster;
  let root: string;
  let starter: Starter;

  before(async () => {
    cluster = await SlurmCluster.start();
    Object.assign(process.env, cluster.environment);
    root = mkdtempSync(join(tmpdir(), 'nnunet-cluster-'));
    starter = { launchers: { slurm: slurmLauncher({ freshSeconds: 0 }) } };
    prepareTinyDataset(root, dataset, configurations);
  });
  after(async () => {
    await cluster.stop();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });

  it('come out the same, to the last bit, whether or not they are killed, stopped by the clock and queued again', async () => {
    const undisturbed = [
      submit('undisturbed', '-c', '2d', '-f', '0,1'),
      submit('undisturbed', '-c', '3d_fullres', '-f', '0'),
    ];
    const disturbed = submit('disturbed', '-c', ...configurations, '-f', '0,1,2,3,4', '--then-evaluate');
    assert.equal(disturbed.jobs.length, 12);
    for (const { state, waiting } of disturbed.submitted)
      assert.deepEqual([state, waiting.for], ['waiting', 'scheduler']);
    const hit = undisturbed.flatMap(({ jobs }) => jobs).filter((job) => job.kind === 'train');
    const [preempted, timedOut, killed] = hit.map(({ request }) =>
      disturbed.fold(request.configuration, request.fold),
    ) as [Job<'train'>, Job<'train'>, Job<'train'>];

    await inTheMiddle(preempted);
    cluster.run('scontrol', 'requeue', nameOf(disturbed.resultsRoot, preempted));

    // Slurm looks at the time twice a minute: the training must not have ended when it does.
    await inTheMiddle(timedOut);
    const { core } = activeHolder(foldFolder(timedOut.request))!;
    process.kill(core!.pid, 'SIGSTOP');
    const limit = (time: string): unknown =>
      cluster.run('scontrol', 'update', `jobid=${nameOf(disturbed.resultsRoot, timedOut)}`, `TimeLimit=${time}`);
    limit('00:02:00');
    const isStopping = (): boolean =>
      readEvents(foldFolder(timedOut.request)).some((event) => event.type === 'stopping');
    await until(isStopping, 'Slurm has not sent its signal');
    process.kill(core!.pid, 'SIGCONT');
    await until(() => isQueuedAgain(disturbed, timedOut), 'it was not queued again');
    limit('00:30:00');

    await inTheMiddle(killed);
    process.kill(activeHolder(foldFolder(killed.request))!.pid, 'SIGKILL');
    const evaluation = disturbed.jobs.find(({ after: earlier }) => earlier.some(({ id }) => id === killed.id))!;
    await until(async () => {
      await advance(disturbed.resultsRoot, starter);
      const codes = new Map(readWaiting(disturbed.resultsRoot).map(({ job, failure }) => [job.id, failure?.code]));
      return codes.get(killed.id) === 'cluster-ended' && codes.get(evaluation.id) === 'earlier-job-failed';
    }, 'the cluster has not told that a job was killed');
    nnunet('disturbed', 'retry', killed.id);

    for (const one of [...undisturbed, disturbed]) await over(one);
    for (const job of [preempted, timedOut, killed]) {
      const record = readRecord(foldFolder(job.request))!;
      assert.equal(record.earlierStarts?.length, 1, `starts of ${job.title}`);
      assert.equal(record.jobId, job.id);
    }
    assert.match(JSON.stringify(notesOf(timedOut)), /nearly up: saved/);
    const expected = new Map<string, unknown>();
    for (const configuration of configurations) {
      for (const fold of [0, 1, 2, 3, 4]) {
        const actual = disturbed.fold(configuration, fold);
        const alone = hit.find(({ request }) => request.configuration === configuration && request.fold === fold);
        if (alone) {
          const [one, other] = [alone, actual].map(({ request }) => foldFolder(request)) as [string, string];
          assert.deepEqual(await differencesBetween(one, other, epochs), [], actual.title);
        }
        const { validation } = foldPaths(foldFolder((alone ?? actual).request));
        for (const [name, dice] of diceOf(join(validation, 'summary.json')))
          expected.set(`${configuration} ${name}`, dice);
      }
    }
    const evaluated = disturbed.evaluations.flatMap(({ request }, at) =>
      diceOf(request.output).map(([name, dice]) => [`${configurations[at]} ${name}`, dice] as const),
    );
    assert.equal(evaluated.length, 10);
    assert.deepEqual(new Map(evaluated), expected);
  });

  it('are followed from a terminal through being taken off their machine and queued again', async () => {
    const words = ['train', '1', '-c', '2d', '-f', '0', ...options];
    const child = spawn(process.execPath, [program, ...words], {
      env: environmentFor('followed'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [printed, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'close');
    const resultsRoot = join(root, 'followed');
    await until(() => readWaiting(resultsRoot).length === 1, 'it was not handed in');
    const job = readWaiting(resultsRoot)[0]!.job as Job<'train'>;
    await inTheMiddle(job);
    cluster.run('scontrol', 'requeue', nameOf(resultsRoot, job));
    await until(() => {
      cluster.startNow(nameOf(resultsRoot, job));
      return child.exitCode !== null;
    }, `it is not followed to its end: ${said}`);
    const [code] = (await ended) as [number];
    assert.equal(code, 0, said);
    assert.equal((JSON.parse(printed) as { epochs: number }).epochs, epochs);
    assert.equal(readRecord(foldFolder(job.request))!.earlierStarts?.length, 1);
    const told = said.split('\n').filter((line) => line.includes('"type":"epoch"'));
    assert.deepEqual(
      told.map((line) => (JSON.parse(line) as { epoch: number }).epoch),
      Array.from({ length: epochs }, (_, epoch) => epoch),
    );
  });

  const program = join(repositoryRoot, 'dist', 'cli.js');

  function environmentFor(results: string): NodeJS.ProcessEnv {
    const [raw, preprocessed] = ['nnUNet_raw', 'nnUNet_preprocessed'].map((name) => join(root, name));
    const resultsRoot = join(root, results);
    return { ...process.env, nnUNet_raw: raw, nnUNet_preprocessed: preprocessed, nnUNet_results: resultsRoot };
  }

  function nnunet(results: string, ...words: string[]): string {
    return execFileSync(process.execPath, [program, ...words], {
      env: environmentFor(results),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** As a person asks for it. */
  function submit(results: string, ...words: string[]): Graph {
    const printed = JSON.parse(nnunet(results, 'train', '1', ...words, '--detach', ...options)) as Told & {
      jobs?: Told[];
    };
    const submitted = printed.jobs ?? [printed];
    const resultsRoot = join(root, results);
    const jobs = submitted.map(({ id }) => readJob(resultsRoot, id));
    const trainings = jobs.filter((job) => job.kind === 'train');
    return {
      resultsRoot,
      submitted,
      jobs,
      evaluations: jobs.filter((job) => job.kind === 'evaluate'),
      fold: (configuration, fold) =>
        trainings.find(({ request }) => request.configuration === configuration && request.fold === fold)!,
    };
  }

  async function until(isSo: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
    for (const deadline = Date.now() + 120_000; !(await isSo()); await sleep(50)) {
      if (Date.now() > deadline) assert.fail(`${otherwise}\n${cluster.logs}`);
    }
  }

  /** Until nothing is left in the list; what waits for two minutes before it starts again does not. A failure in it is one of the test. */
  async function over({ resultsRoot, jobs }: Graph): Promise<void> {
    for (const deadline = Date.now() + 300_000; ; await sleep(300)) {
      await advance(resultsRoot, starter);
      const left = readWaiting(resultsRoot);
      for (const { job, handedOver } of left)
        if (handedOver?.reason === 'BeginTime') cluster.startNow(nameOf(resultsRoot, job));
      const failed = left.filter(({ failure }) => failure);
      const isOver = jobs.every((job) => runStatus(workFolder(resultsRoot, job))?.state === 'finished');
      if (isOver && left.length === 0) return;
      if (failed.length === 0 && Date.now() < deadline) continue;
      const printed = jobs.map(({ id }) => join(jobFolder(resultsRoot, id), 'slurm.txt'));
      assert.fail(
        [
          JSON.stringify(left),
          ...printed.map((file) => existsSync(file) && readFileSync(file, 'utf8')),
          cluster.logs,
        ].join('\n'),
      );
    }
  }

  async function isQueuedAgain({ resultsRoot }: Graph, job: AnyJob): Promise<boolean> {
    await advance(resultsRoot, starter);
    return readWaiting(resultsRoot).some((one) => one.job.id === job.id && one.handedOver?.reason === 'BeginTime');
  }

  function inTheMiddle(job: Job<'train'>): Promise<void> {
    const folder = foldFolder(job.request);
    return until(() => readEpochs(folder).length >= 2, `${job.title} has not begun`);
  }
});

/** What --detach prints of a job. */
interface Told {
  id: string;
  state: string;
  waiting: { for: string };
}

interface Graph {
  resultsRoot: string;
  submitted: Told[];
  jobs: AnyJob[];
  evaluations: Job<'evaluate'>[];
  fold(configuration: string, fold: Fold): Job<'train'>;
}

function notesOf(job: Job<'train'>): unknown[] {
  return readEvents(foldFolder(job.request)).filter((event) => event.type === 'note');
}

function nameOf(resultsRoot: string, { id }: AnyJob): string {
  const handle = readHandle(resultsRoot, id);
  assert.equal(handle?.launcher, 'slurm');
  return jobName(handle.jobId, handle.arrayIndex);
}

/** What was measured of each case, by its name. */
function diceOf(summary: string): [name: string, dice: unknown][] {
  const { metric_per_case } = JSON.parse(readFileSync(summary, 'utf8')) as {
    metric_per_case: { prediction_file: string; metrics: unknown }[];
  };
  return metric_per_case.map(({ prediction_file, metrics }) => [basename(prediction_file), metrics]);
}
