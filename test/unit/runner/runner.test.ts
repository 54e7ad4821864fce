import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { NnunetError } from '../../../src/method/errors';
import type { RunEvent, StageEvent, StoppingEvent } from '../../../src/protocol/events';
import { killRun, requestStop } from '../../../src/jobs/control';
import { readCurves } from '../runs/readCurves';
import { readEpochs } from '../../../src/jobs/epochs';
import { readEvents } from '../jobs/readEvents';
import { followJob } from '../../../src/jobs/followJob';
import { activeHolder } from '../../../src/dataset/foldLock';
import { isAlive } from '../../../src/storage/processes';
import { foldFolder, readRecord, type RunRequest, type TrainOptions } from '../../../src/jobs/runFolder';
import { runStatus } from '../../../src/jobs/jobLog';
import { launchTraining, type LaunchedTraining } from './launchTraining';
import { requestFor, writePreprocessedDataset } from './preprocessedDataset';

let root: string;

beforeEach(async () => {
  root = await writePreprocessedDataset();
});

afterEach(async () => {
  const holder = activeHolder(foldFolder(request()));
  if (holder) process.kill(holder.pid, 'SIGKILL');
  if (holder?.core) process.kill(holder.core.pid, 'SIGKILL');
  delete process.env.NNUNET_CORE;
  delete process.env.FAKE_CORE;
  await sleep(20);
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

const request = (options?: Partial<TrainOptions>): RunRequest => requestFor(root, options);

/** The runner is gone; it may have been at its end already. */
async function killed({ folder, record }: LaunchedTraining): Promise<void> {
  killRun(folder);
  while (isAlive({ pid: record.pid, host: record.host })) await sleep(10);
}

const launch = (options?: Partial<TrainOptions>) => launchTraining(request(options));

async function follow({ folder, record }: LaunchedTraining, until?: (event: RunEvent) => boolean): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of followJob(folder, record.eventsOffset)) {
    events.push(event);
    if (until?.(event)) break;
  }
  return events;
}

const epochs = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []));
const last = (events: readonly RunEvent[]) => events.at(-1)! as Extract<RunEvent, { type: 'finished' }>;
const isEpoch = (number: number) => (event: RunEvent) => event.type === 'epoch' && event.epoch >= number;

describe('a run', () => {
  it('trains, and leaves what nnU-Net leaves', async () => {
    const run = await launch({ seed: 7 });
    const events = await follow(run);
    assert.deepEqual(epochs(events), [0, 1, 2]);
    assert.equal(last(events).state, 'done');
    assert.equal(runStatus(run.folder)?.state, 'finished');
    const model = join(run.folder, '..');
    for (const name of ['plans.json', 'dataset.json', 'dataset_fingerprint.json'])
      assert.ok(fs.existsSync(join(model, name)), name);
    const record = readRecord(run.folder)!;
    assert.equal(record.seed, 7);
    assert.equal(record.versions.core, 'fake');
    assert.equal((record.schedule as { epochs: number }).epochs, 3);
    assert.match(fs.readFileSync(join(run.folder, 'core.log'), 'utf8'), /fake core: starting at epoch 0/);
    assert.deepEqual(fs.readdirSync(join(run.folder, 'control')), ['train-job.json']);
    assert.ok(!fs.existsSync(join(run.folder, 'run.lock')));
    assert.equal(JSON.parse(fs.readFileSync(join(run.folder, 'debug.json'), 'utf8')).fold, 'all');
  });

  it('says how much of its time budget is left when it begins to train', async () => {
    const events = await follow(await launch({ epochs: undefined, budgetSeconds: 120 }));
    const began = events.find(
      (event) => event.type === 'stage' && event.stage === 'train' && event.state === 'started',
    );
    assert.equal((began as StageEvent).budgetSeconds, 120);
  });

  it('keeps others out of its folder', async () => {
    const run = await launch({ epochs: 200 });
    await assert.rejects(launch(), (error: NnunetError) => error.code === 'run-active');
    requestStop(run.folder);
    assert.equal(last(await follow(run)).state, 'stopped');
  });

  it('is stopped in order even as soon as it holds the folder', async () => {
    const starting = launch({ epochs: 200 });
    while (!activeHolder(foldFolder(request()))) await nextTurn();
    requestStop(foldFolder(request()));
    assert.equal(last(await follow(await starting)).state, 'stopped');
  });

  it('is stopped by a file or a signal, keeps its weights and can go on', async () => {
    const run = await launch({ epochs: 500 });
    await follow(run, isEpoch(1));
    fs.writeFileSync(join(run.folder, 'control', 'stop'), '');
    const stopped = await follow(run);
    assert.equal(last(stopped).state, 'stopped');
    assert.deepEqual(
      stopped.filter(({ type }) => type === 'stopping').map((event) => (event as StoppingEvent).validates),
      [true],
      'whoever follows the run hears once that it stops',
    );
    assert.equal(runStatus(run.folder)?.state, 'stopped');
    assert.ok(fs.existsSync(join(run.folder, 'checkpoint_final.safetensors')));
    assert.ok(!fs.existsSync(join(run.folder, 'control', 'stop')));
    const reached = epochs(readEvents(run.folder)).at(-1)!;

    const resumed = await launch({ epochs: reached + 3, resume: true });
    const events = await follow(resumed);
    assert.deepEqual(epochs(events), [reached + 1, reached + 2]);
    assert.equal(last(events).state, 'done');
    assert.equal(readRecord(run.folder)!.earlierStarts!.length, 1);
    assert.equal(readRecord(run.folder)!.seed, run.record.seed);

    process.kill((await launch({ epochs: 900, resume: true })).record.pid, 'SIGTERM');
    await sleep(300);
  });

  it('goes on to the end of its epoch where it is asked to, says so, and validates', async () => {
    const run = await launch({ epochs: 500 });
    await follow(run, isEpoch(1));
    requestStop(run.folder, { isAfterEpoch: true });
    assert.equal(runStatus(run.folder)?.stopsAfterEpoch, true, 'a request is seen before the run has heard it');
    const events = await follow(run);
    assert.equal(last(events).state, 'stopped');
    const told = events.filter(({ type }) => type === 'stopping' || type === 'epoch');
    const asked = told.findIndex((event) => event.type === 'stopping' && event.isAfterEpoch);
    assert.ok(asked > 0, 'whoever follows the run does not hear of it');
    assert.equal(told.filter((event) => event.type === 'stopping' && !event.isAfterEpoch).length, 1);
    assert.equal(runStatus(run.folder)?.stopsAfterEpoch, undefined);
    assert.ok(fs.existsSync(join(run.folder, 'checkpoint_final.safetensors')));
    assert.deepEqual(fs.readdirSync(join(run.folder, 'control')), ['train-job.json']);
  });

  it('is interrupted when its processes are killed, and goes on from the last checkpoint', async () => {
    const run = await launch({ epochs: 400 });
    await follow(run, isEpoch(2));
    const core = activeHolder(run.folder)!.core!;
    // A core may outlive its runner for a moment: this one until it is let go on.
    process.kill(core.pid, 'SIGSTOP');
    process.kill(run.record.pid, 'SIGKILL');
    while (isAlive({ pid: run.record.pid, host: core.host })) await sleep(10);
    assert.equal(runStatus(run.folder)?.state, 'interrupted');
    assert.ok(isAlive(core));
    process.kill(core.pid, 'SIGCONT');

    const resumed = await launch({ epochs: 60, resume: true });
    assert.equal(isAlive(core), false, 'a new run ends the orphan before it uses the folder');
    const events = await follow(resumed);
    assert.equal(epochs(events).at(-1), 59);
    assert.ok(epochs(events)[0]! >= 2);
    assert.equal(runStatus(run.folder)?.state, 'finished');
  });

  it('logs each epoch once, also those that only a checkpoint knows', async () => {
    const run = await launch({ epochs: 400 });
    await follow(run, isEpoch(4));
    const core = activeHolder(run.folder)!.core!;
    process.kill(run.record.pid, 'SIGKILL');
    while (isAlive(core)) await sleep(10);
    // The runner was killed with epochs in the pipe that the core had counted.
    const file = join(run.folder, 'events.jsonl');
    const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
    const third = lines.findIndex((line) => line.includes('"epoch":2,"epochs"'));
    fs.writeFileSync(file, `${lines.slice(0, third).join('\n')}\n{"type":"epo`);
    assert.deepEqual(epochs(readEpochs(run.folder)), [0, 1]);

    const resumed = await launch({ epochs: 12, resume: true });
    await follow(resumed);
    const all = Array.from({ length: 12 }, (_, epoch) => epoch);
    assert.deepEqual(epochs(readEpochs(run.folder)), all);
    assert.deepEqual(epochs(readEvents(run.folder)), all);
    assert.deepEqual(readCurves(run.folder).curves.column('epoch'), all);
    assert.equal(runStatus(run.folder)?.epoch, 12);
    assert.ok(!fs.readdirSync(run.folder).some((name) => name.startsWith('.tmp-')));
  });

  it('logs each epoch once, also those that were logged and not saved', async () => {
    const run = await launch({ epochs: 3 });
    await follow(run);
    // As where the disk was full when the checkpoint was to be written.
    const log = join(run.folder, 'events.jsonl');
    const lines = fs.readFileSync(log, 'utf8').split('\n');
    const third = lines.find((line) => line.includes('"epoch":2,"epochs"'))!;
    fs.appendFileSync(log, `${third.replace('"epoch":2', '"epoch":3')}\n`);
    await follow(await launch({ epochs: 5, resume: true }));
    assert.deepEqual(epochs(readEvents(run.folder)), [0, 1, 2, 3, 4]);
  });

  it('that is killed before it gets to train keeps what it was asked for', async () => {
    const never = await launch({ epochs: 4, learningRate: 0.007, optimizer: 'adamw' });
    await killed(never);
    const again = await launch({ epochs: undefined, resume: true });
    await killed(again);
    assert.equal(last(await follow(await launch({ epochs: undefined, resume: true }))).state, 'done');
    const { schedule } = readRecord(never.folder)!;
    assert.deepEqual([schedule?.epochs, schedule?.initialLearningRate, schedule?.optimizer], [4, 0.007, 'adamw']);

    const third = await launch({ epochs: undefined, resume: true });
    await killed(third);
    assert.deepEqual(readRecord(never.folder)!.schedule, schedule);
  });

  it('that starts anew moves an earlier training aside and says so', async () => {
    await follow(await launch());
    const run = await launch();
    const events = await follow(run);
    const warning = events.find((event) => event.type === 'warning');
    assert.match((warning as { message: string }).message, /earlier_runs/);
    const [kept] = fs.readdirSync(join(run.folder, 'earlier_runs'));
    assert.ok(fs.existsSync(join(run.folder, 'earlier_runs', kept!, 'fold_all', 'checkpoint_final.safetensors')));
    assert.deepEqual(epochs(readEvents(run.folder)), [0, 1, 2]);
  });

  const failures: [mode: string, code: string, said: RegExp][] = [
    ['error', 'loss-diverged', /not a number/],
    ['segfault', 'core-crashed', /SIGSEGV/],
    ['memory', 'core-killed', /memory/],
    ['libraries', 'core-libraries-missing', /libtorch_cpu/],
  ];
  for (const [mode, code, said] of failures) {
    it(`says in its events why it failed (${mode})`, async () => {
      process.env.FAKE_CORE = mode;
      const run = await launch();
      const events = await follow(run);
      const error = events.find((event) => event.type === 'error');
      assert.equal(error?.code, code);
      assert.match(error.message, said);
      assert.ok(error.hint.length > 0);
      assert.equal(last(events).state, 'failed');
      assert.equal(runStatus(run.folder)?.state, 'failed');
    });
  }

  it('fails at once where there is no core', async () => {
    process.env.NNUNET_CORE = join(root, 'nothing');
    const events = await follow(await launch());
    assert.equal(events.find((event) => event.type === 'error')?.code, 'core-missing');
  });

  it('fails at once where the device is missing', async () => {
    const events = await follow(await launch({ device: 'cuda' }));
    assert.equal(events.find((event) => event.type === 'error')?.code, 'device-missing');
  });
});
