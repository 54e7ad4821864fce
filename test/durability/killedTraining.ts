/**
 * Trains a tiny dataset undisturbed, then the same training with its processes killed at random instants and resumed each time,
 * and tells every difference between the two: in the checkpoints' tensors (to the last bit), their history and the event log.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readState, type CheckpointState } from '../../src/engine/checkpointState';
import { SafetensorsFile } from '../../src/engine/safetensors';
import { requestCheckpoint, requestStop } from '../../src/jobs/control';
import { readCurves } from '../../src/runs/curveSource';
import { readEpochs } from '../../src/jobs/epochs';
import { eventsFile, readEvents } from '../../src/jobs/events';
import { launchTraining } from '../unit/runner/launchTraining';
import { activeHolder, type LockContent } from '../../src/dataset/foldLock';
import { isAlive, type ProcessIdentity } from '../../src/storage/processes';
import { foldFolder, type RunRequest } from '../../src/jobs/runFolder';
import { runStatus } from '../../src/jobs/jobLog';
import { repositoryRoot } from '../shared';

const datasetName = 'Dataset001_Kill';
const configuration = '3d_fullres';
const iterationsPerEpoch = 8;

/** What may happen to a training. Each is drawn with the same probability. */
const disturbances = ['runner', 'core', 'both', 'stop', 'checkpoint-then-both'] as const;
type Disturbance = (typeof disturbances)[number];

export interface Options {
  /** An empty folder. */
  root: string;
  kills: number;
  seed: number;
  /** Length of the training. */
  epochs: number;
  say(line: string): void;
}

export interface Result {
  differences: string[];
  trainings: number;
  done: Record<Disturbance, number>;
}

export async function compareKilledTrainings({ root, kills, seed, epochs, say }: Options): Promise<Result> {
  prepareDataset(root);
  const undisturbed = request(root, 'undisturbed', epochs);
  const begun = Date.now();
  await launchTraining(undisturbed);
  await ended(foldFolder(undisturbed));
  const seconds = (Date.now() - begun) / 1000;
  say(`The undisturbed training took ${seconds.toFixed(1)} s.`);

  const random = randomNumbers(seed);
  const done = Object.fromEntries(disturbances.map((name) => [name, 0])) as Record<Disturbance, number>;
  const differences: string[] = [];
  let trainings = 0;
  for (let left = kills; left > 0;) {
    trainings += 1;
    const disturbed = request(root, `disturbed${trainings}`, epochs);
    const folder = foldFolder(disturbed);
    for (let isFirst = true; ; isFirst = false) {
      await launchTraining(isFirst ? disturbed : resumed(disturbed));
      if (left === 0) break;
      const disturbance = disturbances[Math.floor(random() * disturbances.length)]!;
      // Short enough that a training is often met before its end, and several times.
      const waited = random() * 0.6 * seconds;
      if (await endedWithin(folder, waited)) break;
      if (!(await disturb(folder, disturbance, random() * 300))) break;
      done[disturbance] += 1;
      left -= 1;
      say(`${kills - left}: ${disturbance} after ${waited.toFixed(2)} s, ${readEpochs(folder).length} epochs logged`);
    }
    await ended(folder);
    if (runStatus(folder)?.state !== 'finished') {
      // The last disturbance came when the training was at its end.
      await launchTraining(resumed(disturbed));
      await ended(folder);
    }
    for (const difference of await differencesBetween(foldFolder(undisturbed), folder, epochs))
      differences.push(`training ${trainings}: ${difference}`);
  }
  return { differences, trainings, done };
}

/** Five scans, planned for a network that takes a step in a fraction of a second. */
function prepareDataset(root: string): void {
  const nnunet = (...words: string[]): void => {
    execFileSync(process.execPath, [join(repositoryRoot, 'dist', 'cli.js'), ...words, '--root', root], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  };
  nnunet('sample', join(root, 'nnUNet_raw', datasetName), '--cases', '5', '--test-cases', '0');
  nnunet('plan', '1');
  const file = join(root, 'nnUNet_preprocessed', datasetName, 'nnUNetPlans.json');
  const plans = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    configurations: Record<
      string,
      { patch_size: number[]; architecture: { arch_kwargs: { features_per_stage: number[] } } }
    >;
  };
  const planned = plans.configurations[configuration]!;
  planned.patch_size = [24, 32, 32];
  const network = planned.architecture.arch_kwargs;
  network.features_per_stage = network.features_per_stage.map((_, stage) => Math.min(64, 8 << stage));
  fs.writeFileSync(file, JSON.stringify(plans));
  nnunet('preprocess', '1', '-c', configuration);
}

function request(root: string, results: string, epochs: number): RunRequest {
  return {
    dataset: datasetName,
    folders: {
      raw: join(root, 'nnUNet_raw', datasetName),
      preprocessed: join(root, 'nnUNet_preprocessed', datasetName),
      results: join(root, results, datasetName),
    },
    configuration,
    fold: 0,
    plans: 'nnUNetPlans',
    trainer: 'nnUNetTrainer',
    options: {
      device: 'cpu',
      precision: 'auto',
      npz: false,
      validate: false,
      resume: false,
      epochs,
      iterationsPerEpoch,
      seed: 7,
      threads: 2,
    },
  };
}

/** As a person resumes it: nothing is said again. */
function resumed({ options, ...rest }: RunRequest): RunRequest {
  const { device, npz, validate } = options;
  return { ...rest, options: { device, npz, validate, precision: 'auto', resume: true } };
}

/** @returns whether there was something to disturb */
async function disturb(folder: string, disturbance: Disturbance, milliseconds: number): Promise<boolean> {
  const holder = activeHolder(folder);
  if (!holder) return false;
  if (disturbance === 'stop') {
    requestStop(folder, { validate: false });
    await ended(folder);
    return true;
  }
  if (disturbance === 'checkpoint-then-both') {
    requestCheckpoint(folder);
    await sleep(milliseconds);
  }
  // The core is looked up as late as possible: it may have been started in between.
  const { core } = activeHolder(folder) ?? (holder as LockContent);
  if (disturbance !== 'core') await kill(holder);
  if (disturbance !== 'runner' && core) await kill(core);
  // A core without a runner saves and ends by itself, and the next start has to wait for it; a runner without a core, too.
  if (disturbance === 'core') await ended(folder);
  return true;
}

async function kill(identity: ProcessIdentity): Promise<void> {
  if (!isAlive(identity)) return;
  process.kill(identity.pid, 'SIGKILL');
  while (isAlive(identity)) await sleep(2);
}

async function ended(folder: string): Promise<void> {
  while (activeHolder(folder)) await sleep(20);
}

async function endedWithin(folder: string, seconds: number): Promise<boolean> {
  for (const until = Date.now() + seconds * 1000; Date.now() < until;) {
    if (!activeHolder(folder)) return true;
    await sleep(Math.min(10, Math.max(0, until - Date.now())));
  }
  return false;
}

async function differencesBetween(expected: string, actual: string, epochs: number): Promise<string[]> {
  const found: string[] = [];
  for (const kind of ['final', 'best']) {
    const name = `checkpoint_${kind}.safetensors`;
    const [a, b] = [await contentOf(join(expected, name)), await contentOf(join(actual, name))];
    const names = new Set([...a.tensors.keys(), ...b.tensors.keys()]);
    const different = [...names].filter((tensor) => a.tensors.get(tensor) !== b.tensors.get(tensor));
    if (different.length > 0)
      found.push(`${name}: ${different.length} of ${names.size} tensors differ, ${different[0]} among them`);
    if (a.state !== b.state) found.push(`${name}: other state\n  expected ${a.state}\n  found    ${b.state}`);
    if (!fs.existsSync(join(actual, `checkpoint_${kind}.pth`))) found.push(`checkpoint_${kind}.pth is missing`);
  }
  const logged = readEpochs(actual);
  const numbers = Array.from({ length: epochs }, (_, epoch) => epoch);
  const read: [string, readonly number[]][] = [
    ['the log', logged.map(({ epoch }) => epoch)],
    ['the log alone', readEvents(actual).flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))],
    ['the curves', readCurves(actual).curves.column('epoch')],
  ];
  for (const [reader, shown] of read)
    if (shown.join() !== numbers.join()) found.push(`epochs as ${reader} shows them: ${shown.join()}`);
  const values = (folder: string): string =>
    JSON.stringify(readEpochs(folder).map(({ time: _, seconds: __, samplesPerSecond: ___, ...rest }) => rest));
  if (values(expected) !== values(actual))
    found.push(`the log: other values\n  ${values(expected)}\n  ${values(actual)}`);
  const status = runStatus(actual);
  if (status?.state !== 'finished' || status.epoch !== epochs) found.push(`status: ${JSON.stringify(status)}`);
  const left = [...fs.readdirSync(actual), ...fs.readdirSync(join(actual, 'control'))].filter((name) =>
    /^\.|\.(new|lock)$|latest|^request-|^stop$|^checkpoint$/.test(name),
  );
  if (left.length > 0) found.push(`left behind: ${left.join(', ')}`);
  if (!fs.readFileSync(eventsFile(actual), 'utf8').endsWith('\n')) found.push('the log ends within a line');
  return found;
}

/** The tensors' bytes and what else the training consists of, without what tells of time. */
async function contentOf(file: string): Promise<{ tensors: Map<string, string>; state: string }> {
  const checkpoint = await SafetensorsFile.open(file);
  try {
    const tensors = new Map<string, string>();
    for (const [name, tensor] of checkpoint.tensors)
      tensors.set(name, Buffer.from(await tensor.read()).toString('base64'));
    const state = readState(checkpoint.metadata, file) as Partial<CheckpointState>;
    delete state.elapsedSeconds;
    const { epoch_start_timestamps: _, epoch_end_timestamps: __, ...history } = state.history!;
    return { tensors, state: JSON.stringify({ ...state, history }) };
  } finally {
    await checkpoint.close();
  }
}

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
