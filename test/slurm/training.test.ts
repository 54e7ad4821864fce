/** Five folds and what depends on them as one graph on a real Slurm, killed and queued again in the middle. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, it } from 'node:test';
import { rootsBelow } from '../../src/dataset/roots';
import { advance, type Starter } from '../../src/jobs/advance';
import { readEpochs } from '../../src/jobs/epochs';
import { readEvents } from '../unit/jobs/readEvents';
import type { AnyJob, Job } from '../../src/jobs/job';
import { jobFolder, newJob } from '../../src/jobs/jobFolder';
import { runStatus } from '../../src/jobs/jobLog';
import { readHandle } from '../../src/jobs/launchFile';
import { foldFolder, readRecord, type RunRequest } from '../../src/jobs/runFolder';
import { slurmLauncher } from '../../src/jobs/slurm/launcher';
import { jobName } from '../../src/jobs/slurm/states';
import { submitJobs } from '../../src/jobs/submit';
import { rootsOf, trainingTitle } from '../../src/jobs/trainingJob';
import { readWaiting } from '../../src/jobs/waiting';
import { differencesBetween } from '../durability/trainingDifferences';
import { repositoryRoot } from '../shared';
import { describeSlurm, SlurmCluster } from './cluster';

const dataset = 'Dataset001_Cluster';
const epochs = 6;

describeSlurm('Five folds and their evaluation on a cluster', () => {
  let cluster: SlurmCluster;
  let root: string;
  let starter: Starter;

  before(async () => {
    cluster = await SlurmCluster.start();
    Object.assign(process.env, cluster.environment);
    root = mkdtempSync(join(tmpdir(), 'nnunet-cluster-'));
    starter = { launchers: { slurm: slurmLauncher({ freshSeconds: 0 }) } };
    prepareDataset(root);
  });
  after(async () => {
    await cluster.stop();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });

  it('come out the same, to the last bit, whether or not they are killed, stopped by the clock and queued again', async () => {
    const undisturbed = graph(root, 'undisturbed', 2);
    await submitJobs(undisturbed.resultsRoot, undisturbed.jobs, starter);
    const disturbed = graph(root, 'disturbed', 5);
    await over(undisturbed);

    const submitted = await submitJobs(disturbed.resultsRoot, disturbed.jobs, starter);
    assert.deepEqual(
      submitted.map(({ state, waiting }) => [state, waiting?.for]),
      disturbed.jobs.map(() => ['waiting', 'scheduler']),
    );
    const [killed, timedOut] = disturbed.folds as [Job<'train'>, Job<'train'>];
    await inTheMiddle(killed);
    cluster.run('scontrol', 'requeue', nameOf(disturbed.resultsRoot, killed));
    await inTheMiddle(timedOut);
    cluster.timeIsUp(nameOf(disturbed.resultsRoot, timedOut));
    const reasons = new Set<string>();
    await over(disturbed, () => {
      for (const { handedOver } of readWaiting(disturbed.resultsRoot)) if (handedOver) reasons.add(handedOver.reason);
      if (!reasons.has('BeginTime')) return;
      for (const job of [killed, timedOut]) cluster.startNow(nameOf(disturbed.resultsRoot, job));
    });

    for (const reason of ['BeginTime', 'Dependency']) assert.ok(reasons.has(reason), `${reason} in ${[...reasons]}`);
    for (const job of [killed, timedOut]) {
      const record = readRecord(foldFolder(job.request))!;
      assert.equal(record.earlierStarts?.length, 1, `starts of ${job.title}`);
      assert.equal(record.jobId, job.id);
    }
    const notes = readEvents(foldFolder(timedOut.request)).filter((event) => event.type === 'note');
    assert.match(JSON.stringify(notes), /nearly up: saved/);
    for (const [fold, job] of [killed, timedOut].entries()) {
      const [expected, actual] = [undisturbed.folds[fold]!, job].map(({ request }) => foldFolder(request)) as [
        string,
        string,
      ];
      assert.deepEqual(await differencesBetween(expected, actual, epochs), [], job.title);
      assert.deepEqual(
        dice(join(actual, 'validation', 'summary.json')),
        dice(join(expected, 'validation', 'summary.json')),
      );
    }
    assert.deepEqual(dice(disturbed.summary), dice(undisturbed.summary));
  });

  /** Until nothing is left in the list. A failure in it is one of the test. */
  async function over(asked: Graph, meanwhile: () => void = () => undefined): Promise<void> {
    for (const deadline = Date.now() + 300_000; ; await sleep(300)) {
      meanwhile();
      await advance(asked.resultsRoot, starter);
      const left = readWaiting(asked.resultsRoot);
      const failed = left.filter(({ failure }) => failure);
      const isOver = asked.jobs.every((job) => runStatus(workFolderOf(asked.resultsRoot, job))?.state === 'finished');
      if (isOver && left.length === 0) return;
      if (failed.length === 0 && Date.now() < deadline) continue;
      const printed = asked.jobs.map(({ id }) => join(jobFolder(asked.resultsRoot, id), 'slurm.txt'));
      assert.fail(
        [
          JSON.stringify(left),
          ...printed.map((file) => existsSync(file) && readFileSync(file, 'utf8')),
          cluster.logs,
        ].join('\n'),
      );
    }
  }

  async function inTheMiddle(job: Job<'train'>): Promise<void> {
    const folder = foldFolder(job.request);
    for (const deadline = Date.now() + 120_000; readEpochs(folder).length < 2; await sleep(20))
      assert.ok(Date.now() < deadline, `${job.title} has not begun`);
  }
});

interface Graph {
  resultsRoot: string;
  jobs: AnyJob[];
  folds: Job<'train'>[];
  /** What the job that depends on all folds leaves. */
  summary: string;
}

function graph(root: string, results: string, count: number): Graph {
  const resultsRoot = join(root, results);
  const roots = { ...rootsBelow(root), results: resultsRoot };
  const cluster = { time: '00:30:00' };
  const folds = Array.from({ length: count }, (_, fold) => {
    const request = requestOf(root, resultsRoot, fold);
    return newJob({
      kind: 'train',
      title: trainingTitle(request),
      request,
      roots: rootsOf(request),
      launcher: 'slurm',
      cluster,
    });
  });
  const summary = join(resultsRoot, 'summary.json');
  const evaluation = newJob({
    kind: 'evaluate',
    title: 'Evaluate fold 0',
    request: {
      referenceFolder: join(roots.raw, dataset, 'labelsTr'),
      predictionFolder: join(foldFolder(folds[0]!.request), 'validation'),
      datasetJson: join(roots.raw, dataset, 'dataset.json'),
      output: summary,
    },
    roots,
    after: folds.map(({ id }) => ({ id, is: 'done' })),
    launcher: 'slurm',
    cluster,
  });
  return { resultsRoot, folds, jobs: [...folds, evaluation], summary };
}

function requestOf(root: string, resultsRoot: string, fold: number): RunRequest {
  return {
    dataset,
    folders: {
      raw: join(root, 'nnUNet_raw', dataset),
      preprocessed: join(root, 'nnUNet_preprocessed', dataset),
      results: join(resultsRoot, dataset),
    },
    configuration: '2d',
    fold,
    plans: 'nnUNetPlans',
    trainer: 'nnUNetTrainer',
    options: {
      device: 'cpu',
      precision: 'auto',
      npz: false,
      validate: true,
      resume: false,
      epochs,
      iterationsPerEpoch: 12,
      optimizer: 'adamw',
      learningRate: 0.005,
      seed: 7,
      threads: 1,
    },
  };
}

/** Five scans, planned for a network that takes a step in a fraction of a second. */
function prepareDataset(root: string): void {
  const nnunet = (...words: string[]): void => {
    execFileSync(process.execPath, [join(repositoryRoot, 'dist', 'cli.js'), ...words, '--root', root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  nnunet('sample', join(root, 'nnUNet_raw', dataset), '--cases', '5', '--test-cases', '0');
  nnunet('plan', '1');
  const file = join(root, 'nnUNet_preprocessed', dataset, 'nnUNetPlans.json');
  const plans = JSON.parse(readFileSync(file, 'utf8')) as {
    configurations: Record<
      string,
      { patch_size: number[]; batch_size: number; architecture: { arch_kwargs: { features_per_stage: number[] } } }
    >;
  };
  const planned = plans.configurations['2d']!;
  planned.patch_size = [64, 64];
  planned.batch_size = 4;
  const network = planned.architecture.arch_kwargs;
  network.features_per_stage = network.features_per_stage.map((_, stage) => Math.min(32, 8 << stage));
  writeFileSync(file, JSON.stringify(plans));
  nnunet('preprocess', '1', '-c', '2d');
}

function workFolderOf(resultsRoot: string, job: AnyJob): string {
  return job.kind === 'train' ? foldFolder(job.request) : jobFolder(resultsRoot, job.id);
}

function nameOf(resultsRoot: string, { id }: AnyJob): string {
  const handle = readHandle(resultsRoot, id);
  assert.equal(handle?.launcher, 'slurm');
  return jobName(handle.jobId, handle.arrayIndex);
}

function dice(summary: string): unknown {
  const { foreground_mean, mean } = JSON.parse(readFileSync(summary, 'utf8')) as Record<string, unknown>;
  return { foreground_mean, mean };
}
