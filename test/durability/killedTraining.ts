/**
 * Trains a tiny dataset undisturbed, then the same training with its processes killed at random instants and resumed each time,
 * and tells every difference between the two: in the checkpoints' tensors (to the last bit), their history and the event log.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { controlFile, requestStop } from '../../src/jobs/control';
import { readEpochs } from '../../src/jobs/epochs';
import { launchTraining } from '../unit/runner/launchTraining';
import { activeHolder, type LockContent } from '../../src/dataset/foldLock';
import { isAlive, type ProcessIdentity } from '../../src/storage/processes';
import { foldFolder, type RunRequest } from '../../src/jobs/runFolder';
import { runStatus } from '../../src/jobs/jobLog';
import { prepareTinyDataset } from './tinyDataset';
import { differencesBetween } from './trainingDifferences';

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
  prepareTinyDataset(root, datasetName, [configuration]);
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
    fs.writeFileSync(controlFile(folder, 'checkpoint'), '');
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
