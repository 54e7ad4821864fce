/** What tools/bench/jobs.mjs measures: how soon many trainings are shown, the longest block meanwhile, memory, idle cost, a job's start. */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootsBelow } from '../../src/dataset/roots';
import { followJob } from '../../src/jobs/followJob';
import { newJob, workFolder } from '../../src/jobs/jobFolder';
import { localLauncher } from '../../src/jobs/local/launch';
import { JobStore } from '../../src/jobs/store';
import { submitJobs } from '../../src/jobs/submit';
import { identityOf } from '../../src/storage/processes';
import { Catalog } from '../../src/vscode/catalog/catalog';
import { ExplorerTree } from '../../src/vscode/explorer/tree';

interface Job {
  action: 'make' | 'open' | 'cases' | 'idle' | 'start';
  /** dist/runner.js */
  runner: string;
  /** Holds the three roots. */
  folder: string;
  trainings: number;
  epochs: number;
  /** Lines of iterations in each epoch. */
  iterations: number;
  cases: number;
}

const job = JSON.parse(fs.readFileSync(process.argv[2]!, 'utf8')) as Job;
const roots = rootsBelow(job.folder);
const dataset = 'Dataset901_Many';
const folds = Array.from({ length: job.trainings }, (_, index) =>
  join(roots.results, dataset, `nnUNetTrainer__nnUNetPlans${Math.floor(index / 5)}__3d_fullres`, `fold_${index % 5}`),
);

async function main(): Promise<unknown> {
  if (job.action === 'make') return make();
  if (job.action === 'open') return open();
  if (job.action === 'start') return startJob();
  return job.action === 'cases' ? showCases() : idle();
}

/** Names are enough for the cases: the tree opens no volume. */
function make(): object {
  const raw = join(roots.raw, dataset);
  for (const part of ['imagesTr', 'labelsTr']) fs.mkdirSync(join(raw, part), { recursive: true });
  for (let index = 0; index < job.cases; index += 1) {
    const id = `case_${String(index).padStart(4, '0')}`;
    fs.writeFileSync(join(raw, 'imagesTr', `${id}_0000.nii.gz`), '');
    fs.writeFileSync(join(raw, 'labelsTr', `${id}.nii.gz`), '');
  }
  const labels = { background: 0, organ: 1 };
  const facts = { channel_names: { 0: 'CT' }, labels, numTraining: job.cases, file_ending: '.nii.gz' };
  fs.writeFileSync(join(raw, 'dataset.json'), JSON.stringify(facts));
  const log = logText();
  for (const folder of folds) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(folder, 'events.jsonl'), log);
  }
  return { bytes: log.length * folds.length };
}

function logText(): string {
  const lines: object[] = [{ type: 'stage', stage: 'train', state: 'started', total: job.epochs }];
  let seconds = 0;
  const { iterations, epochs } = job;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (let iteration = 0; iteration < iterations; iteration += 1)
      lines.push({ type: 'iteration', epoch, iteration, iterations, loss: -0.4 - Math.random() / 10 });
    const dice = Math.random();
    const values = {
      trainLoss: -dice,
      valLoss: -dice,
      dice: [dice],
      meanDice: dice,
      emaDice: dice,
      learningRate: 0.01,
    };
    lines.push({ type: 'epoch', epoch, epochs, ...values, seconds: 60, samplesPerSecond: 8 });
  }
  lines.push({ type: 'finished', state: 'done', meanDice: 0.9 });
  return lines
    .map((line) => {
      const { type, ...rest } = line as { type: string };
      return `${JSON.stringify({ type, time: new Date(1.7e12 + 500 * seconds++).toISOString(), ...rest })}\n`;
    })
    .join('');
}

/** As a window does: the store looks around while the tree shows the models with their folds. */
async function open(): Promise<object> {
  const blocks = new Blocks();
  const start = performance.now();
  const sinceStart = (): number => (performance.now() - start) / 1000;
  const store = new JobStore(roots.results);
  const tree = new ExplorerTree(new Catalog(roots, () => store));
  const scanned = store.scan().then(sinceStart);
  for (const { dataset: one } of await tree.modelRoots()) {
    for (const model of await tree.modelsOf(one)) await tree.children(model);
  }
  const modelsShown = sinceStart();
  const seconds = Math.max(await scanned, modelsShown);
  const processorSeconds = processorTime();
  const states = [...new Set(store.jobs.map(({ status }) => `${status.state} ${status.epoch}`))];
  await store.readAll();
  const whole = sinceStart();
  const block = blocks.end();
  if (store.jobs.length !== job.trainings || store.jobs.some(({ isPartial }) => isPartial) || states.length !== 1)
    throw new Error(`${store.jobs.length} trainings, ${states.join(', ')}`);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    seconds,
    processorSeconds,
    whole,
    wholeProcessorSeconds: processorTime(),
    ...block,
    peakBytes: rss,
    heapUsed,
  };
}

/** The first page of the cases. */
async function showCases(): Promise<object> {
  const blocks = new Blocks();
  const start = performance.now();
  const tree = new ExplorerTree(new Catalog(roots));
  const [node] = await tree.roots();
  const [cases] = await tree.children(node!);
  await tree.children((await tree.children(cases!))[0]!);
  return { seconds: (performance.now() - start) / 1000, ...blocks.end() };
}

/** Three trainings that go on and say two things a second, in a window that looks as often as ours does. */
async function idle(): Promise<object> {
  const store = new JobStore(roots.results);
  await store.readAll();
  const running = folds.slice(0, 3);
  const sizes = running.map((folder) => fs.statSync(join(folder, 'events.jsonl')).size);
  for (const folder of running)
    fs.writeFileSync(join(folder, 'run.lock'), JSON.stringify({ ...identityOf(process.ppid), host: hostname() }));
  await store.scan();
  if (store.active.length !== 3) throw new Error(`${store.active.length} trainings run`);
  const seconds = 30;
  const before = process.cpuUsage();
  let written = 0;
  for (let turn = 0; turn < seconds / 0.5; turn += 1) {
    if (turn * 0.5 >= written / 2) {
      for (const folder of running) fs.appendFileSync(join(folder, 'events.jsonl'), iterationLine(written));
      written += 1;
    }
    store.poll();
    if (turn % 30 === 0) await store.scan();
    await sleep(500);
  }
  const { user, system } = process.cpuUsage(before);
  for (const [index, folder] of running.entries()) {
    fs.rmSync(join(folder, 'run.lock'));
    fs.truncateSync(join(folder, 'events.jsonl'), sizes[index]);
  }
  return { seconds: (user + system) / 1e6 / seconds };
}

function iterationLine(iteration: number): string {
  const event = { type: 'iteration', time: new Date().toISOString(), epoch: job.epochs, iteration, iterations: 250 };
  return `${JSON.stringify({ ...event, loss: -0.5 })}\n`;
}

/** Of this process since it began: says the same however busy the machine is. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** From the request to what the job says first, and to its end. */
async function startJob(): Promise<object> {
  const request = { folder: join(job.folder, 'sample'), cases: 1, testCases: 0, seed: 1 };
  const sample = newJob({ kind: 'sample', title: 'Sample', request, roots });
  const start = performance.now();
  await submitJobs(roots.results, [sample], { launchers: { local: localLauncher(job.runner) } });
  let seconds: number | undefined;
  for await (const _ of followJob(workFolder(roots.results, sample), 0)) seconds ??= (performance.now() - start) / 1000;
  return { seconds, whole: (performance.now() - start) / 1000 };
}

/** The longest time in which nothing else could be done: by the clock, and of it this thread's own, whatever else the machine does. */
class Blocks {
  private readonly delay = monitorEventLoopDelay({ resolution: 5 });
  private readonly timer: NodeJS.Timeout;
  private longest = 0;
  private before = threadMilliseconds();

  constructor() {
    this.delay.enable();
    this.timer = setInterval(() => this.look(), 2);
  }

  end(): { blockMilliseconds: number; blockProcessorMilliseconds: number } {
    this.look();
    this.delay.disable();
    clearInterval(this.timer);
    return { blockMilliseconds: this.delay.max / 1e6, blockProcessorMilliseconds: this.longest };
  }

  private look(): void {
    const now = threadMilliseconds();
    this.longest = Math.max(this.longest, now - this.before);
    this.before = now;
  }
}

function threadMilliseconds(): number {
  return Number(fs.readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
}

main().then((result) => console.log(JSON.stringify(result)));
