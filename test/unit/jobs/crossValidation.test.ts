import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { advance } from '../../../src/jobs/advance';
import { crossValidationGraph } from '../../../src/jobs/crossValidation';
import type { AnyJob } from '../../../src/jobs/job';
import { readJob, workFolder } from '../../../src/jobs/jobFolder';
import { localLauncher } from '../../../src/jobs/local/launch';
import { readRecord } from '../../../src/jobs/runFolder';
import { jobIds } from '../../../src/jobs/running';
import { JobStore } from '../../../src/jobs/store';
import { readWaiting } from '../../../src/jobs/waiting';
import { readSummary } from '../../../src/method/evaluation';
import { prepareTinyDataset } from '../../durability/tinyDataset';
import { repositoryRoot } from '../../shared';
import { runnerScript } from '../runner/launchTraining';
import { readEvents } from './readEvents';
import { trainJob } from './someJobs';

const dataset = 'Dataset001_Cross';
const configurations = ['2d', '3d_fullres'] as const;
const folds = [0, 1];

/** What a window heard of jobs while it was open: the ids of those that ended, in order. */
interface Heard {
  ended: string[];
  states: Record<string, string>;
}

/** Looks and starts what can start, twice a second as an extension host does, until it is closed. */
async function window(resultsRoot: string): Promise<void> {
  const ended: string[] = [];
  const store = new JobStore(resultsRoot, { ended: ({ jobId }) => void ended.push(jobId!) });
  const starter = { launchers: { local: localLauncher(runnerScript) } };
  let isOpen = true;
  process.once('message', () => (isOpen = false));
  await store.scan();
  process.send!('open');
  while (isOpen) {
    await advance(resultsRoot, starter);
    await store.scan();
    store.poll();
    await sleep(500);
  }
  await store.readAll();
  const states = Object.fromEntries(store.jobs.map(({ jobId, status }) => [jobId!, status.state]));
  process.send!({ ended, states } satisfies Heard, () => process.disconnect());
}

if (process.argv[2] === 'window') {
  void window(process.argv[3]!);
} else {
  describe('the graph of a cross-validation', () => {
    const trainings = [0, 1, 2].map((fold) => trainJob('/results', fold));
    const asked = trainings.map(({ request }) => request);

    it('evaluates each model once all its folds are done, on what these left out', () => {
      const other = trainings.map((job) => ({
        ...job,
        id: `b${job.id.slice(1)}`,
        request: withConfiguration(job, '3d'),
      }));
      const all = [...trainings, ...other];
      const graph = crossValidationGraph(
        all,
        all.map(({ request }) => request),
      );
      assert.deepEqual(graph.jobs, [...all, ...graph.evaluations]);
      assert.deepEqual(
        graph.evaluations.map(({ after: earlier }) => earlier),
        [trainings, other].map((jobs) => jobs.map(({ id }) => ({ id, is: 'done' }))),
      );
      const [{ request, title }] = graph.evaluations as [(typeof graph.evaluations)[0]];
      assert.equal(title, 'Evaluate Hippocampus 2d, folds 0, 1, 2');
      const model = join('/results', 'Dataset004_Hippocampus', 'nnUNetTrainer__nnUNetPlans__2d');
      assert.equal(request.predictionFolder, join(model, 'crossval_results_folds_0_1_2'));
      assert.equal(request.output, join(request.predictionFolder, 'summary.json'));
      assert.deepEqual(request.crossValidation, { modelFolder: model, folds: [0, 1, 2] });
    });

    it('leaves out what only has to be trained before, as the first stage of a cascade has', () => {
      const { evaluations, jobs } = crossValidationGraph(trainings, asked.slice(1));
      assert.equal(jobs.length, 4);
      assert.deepEqual(
        evaluations[0]!.after.map(({ id }) => id),
        trainings.slice(1).map(({ id }) => id),
      );
    });

    it('is refused where the folds do not leave out each case once', () => {
      for (const others of [['all'], [0, 7]] as const) {
        const jobs = others.map((fold, at) => ({ ...trainings[at]!, request: { ...asked[at]!, fold } }));
        const requests = jobs.map(({ request }) => request);
        assert.throws(() => crossValidationGraph(jobs, requests), { code: 'not-evaluable' });
      }
    });
  });

  describe('two folds of two configurations and their evaluation, with two windows and a command line', () => {
    const root = mkdtempSync(join(tmpdir(), 'nnunet cross é-'));
    const results = join(root, 'nnUNet_results');
    const started: ChildProcess[] = [];
    after(() => {
      for (const one of started) one.kill('SIGKILL');
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    });

    it('run each job once, in order, and every one of the three tells the same of them', async () => {
      prepareTinyDataset(root, dataset, configurations);
      const windows = [1, 2].map(() => fork(__filename, ['window', results]));
      started.push(...windows);
      await Promise.all(windows.map((one) => once(one, 'message')));
      const asked = [
        ...['train', '1', '-c', ...configurations, '-f', ...folds.map(String), '--then-evaluate'],
        ...['--epochs', '1', '--iterations-per-epoch', '2', '--device', 'cpu', '--json', '--root', root],
      ];
      const { code, printed, said } = await commandLine(asked);
      assert.equal(code, 0, said);
      assert.deepEqual(readWaiting(results), []);
      const heard = await Promise.all(windows.map(close));

      const jobs = jobIds(results).map((id) => readJob(results, id));
      assert.equal(jobs.length, 6);
      for (const { states, ended } of heard) {
        assert.deepEqual(states, Object.fromEntries(jobs.map(({ id }) => [id, 'finished'])));
        assert.deepEqual([...ended].sort(), jobs.map(({ id }) => id).sort());
      }
      const courses = new Map(jobs.map((job) => [job.id, courseOf(results, job)]));
      for (const job of jobs) {
        const before = job.after.map(({ id }) => courses.get(id)!.end);
        assert.equal(before.length, job.kind === 'train' ? 0 : folds.length);
        for (const end of before) assert.ok(end <= courses.get(job.id)!.begin, `${job.title} waits for its folds`);
      }
      const trainings = jobs
        .filter((job) => job.kind === 'train')
        .sort((a, b) => courses.get(a.id)!.begin.localeCompare(courses.get(b.id)!.begin));
      assert.deepEqual(
        trainings.map(({ request }) => `${request.configuration} ${request.fold}`),
        configurations.flatMap((name) => folds.map((fold) => `${name} ${fold}`)),
      );
      // There is one processor: each begins when the one before has ended.
      for (const [at, job] of trainings.slice(1).entries())
        assert.ok(courses.get(trainings[at]!.id)!.end <= courses.get(job.id)!.begin);

      const result = JSON.parse(printed) as { trainings: unknown[]; evaluations: { meanDice: number | null }[] };
      assert.equal(result.trainings.length, 4);
      for (const [at, configuration] of configurations.entries()) {
        const model = join(results, dataset, `nnUNetTrainer__nnUNetPlans__${configuration}`);
        const whole = summaryOf(join(model, 'crossval_results_folds_0_1'));
        const ofFolds = folds.flatMap((fold) => casesOf(summaryOf(join(model, `fold_${fold}`, 'validation'))));
        assert.equal(ofFolds.length, folds.length);
        assert.deepEqual(casesOf(whole), ofFolds.sort(byName));
        assert.equal(result.evaluations[at]!.meanDice, whole.foreground_mean.Dice);
      }
    });

    async function commandLine(words: string[]): Promise<{ code: number; printed: string; said: string }> {
      const child = spawn(process.execPath, [join(repositoryRoot, 'dist', 'cli.js'), ...words], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      started.push(child);
      let [printed, said] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      const [code] = (await once(child, 'close')) as [number];
      return { code, printed, said };
    }
  });
}

function withConfiguration({ request }: ReturnType<typeof trainJob>, configuration: string) {
  return { ...request, configuration };
}

async function close(one: ChildProcess): Promise<Heard> {
  one.send('close');
  const [heard] = (await once(one, 'message')) as [Heard];
  return heard;
}

/** When it began and ended; that it did each once. */
function courseOf(resultsRoot: string, job: AnyJob): { begin: string; end: string } {
  const folder = workFolder(resultsRoot, job);
  const events = readEvents(folder);
  const count = (type: string, stage?: string): number =>
    events.filter((event) => event.type === type && (stage === undefined || isStart(event, stage))).length;
  assert.equal(count('finished'), 1, job.title);
  assert.equal(count('stage', job.kind), 1, job.title);
  if (job.kind === 'train') assert.equal(readRecord(folder)!.earlierStarts, undefined, job.title);
  return { begin: events[0]!.time, end: events.at(-1)!.time };
}

function isStart(event: { type: string; stage?: string; state?: string }, stage: string): boolean {
  return event.stage === stage && event.state === 'started';
}

function summaryOf(folder: string): ReturnType<typeof readSummary> {
  return readSummary(readFileSync(join(folder, 'summary.json'), 'utf8'));
}

function casesOf({ metric_per_case }: ReturnType<typeof readSummary>): { name: string; metrics: unknown }[] {
  return metric_per_case
    .map(({ prediction_file, metrics }) => ({ name: basename(String(prediction_file)), metrics: metrics as unknown }))
    .sort(byName);
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name.localeCompare(b.name);
}
