/** The files of one run in its fold folder: what was asked (run.json), and where an earlier run goes when a new one starts. */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { foldFolderName, modelFolderName, modelPaths, type Fold } from '../dataset/results';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { parseJson } from '../method/jsonReader';
import type { TrainerSettings } from '../method/trainerVariants';

/** Lengths, engine settings and extras of a training, as they were asked for. Absent = decided by the program. */
export interface TrainOptions extends TrainerSettings {
  epochs?: number;
  budgetSeconds?: number;
  iterationsPerEpoch?: number;
  batchSize?: number;
  elastic?: boolean;
  device: string;
  precision: string;
  seed?: number;
  threads?: number;
  /** Cases preprocessed at a time. */
  workers?: number;
  /** Checkpoint whose weights (without the heads) a new training starts from. */
  pretrained?: string;
  /** Checkpoint or model that a new training starts from, with inputs and outputs of the same names. */
  from?: string;
  /** Cases that no fold names yet join the folds; the plans stay. */
  newCases?: boolean;
  /** Validation also saves probabilities, for ensembles. */
  npz: boolean;
  validate: boolean;
  resume: boolean;
  /** From which checkpoint a resumed training goes on: latest, best, final or a file. Absent: from the one trained longest. */
  checkpoint?: string;
  /** First stage of a cascade: also preprocesses for the next stage, so that validation leaves its input. */
  prepareNextStage?: boolean;
}

export interface RunRequest {
  /** DatasetXXX_Name */
  dataset: string;
  /** The dataset's folder in each of nnU-Net's roots. */
  folders: { raw: string; preprocessed: string; results: string };
  configuration: string;
  fold: Fold;
  plans: string;
  trainer: string;
  options: TrainOptions;
  /** Which of several devices it was given when its turn came; absent: the one that is asked for. */
  assignedDevice?: string;
}

/** run.json: the request, and what became of it when the run started. */
export interface RunRecord extends RunRequest {
  id: string;
  /** Absent in what an earlier version started. */
  jobId?: string;
  host: string;
  pid: number;
  startTime: string;
  /** Where this start's events begin in events.jsonl; a resumed run goes on in the same file. */
  eventsOffset: number;
  versions: Record<string, string>;
  /** Earlier starts that this one continues, oldest first. */
  earlierStarts?: { startTime: string; host: string; pid: number; options: TrainOptions }[];
  seed?: number;
  /** How the network is trained: optimizer, rates, length. */
  schedule?: Record<string, unknown>;
  scheduleReason?: string;
  /** Which job decided that: another start of it goes on, and does not begin anew. */
  scheduledBy?: string;
  /** Of the machine's processors while this start trained, J; absent where the system does not count it. */
  energyJoules?: number;
}

export function deviceFor({ assignedDevice, options }: Pick<RunRequest, 'assignedDevice' | 'options'>): string {
  return assignedDevice ?? options.device;
}

export function modelFolder(request: Pick<RunRequest, 'folders' | 'trainer' | 'plans' | 'configuration'>): string {
  return join(request.folders.results, modelFolderName(request));
}

export function foldFolder(
  request: Pick<RunRequest, 'folders' | 'trainer' | 'plans' | 'configuration' | 'fold'>,
): string {
  return join(modelFolder(request), foldFolderName(request.fold));
}

/** Six hexadecimal digits that stay the same for a fold folder, wherever its results root is mounted. */
export function runId(resultsRoot: string, folder: string): string {
  const path = relative(resultsRoot, folder).split(sep).join('/');
  return createHash('sha1').update(path).digest('hex').slice(0, 6);
}

/** What belongs to all jobs of a results root: they, and what waits. That it is there also tells VS Code that there are runs to look for. */
export function sharedFolder(resultsRoot: string): string {
  return join(resultsRoot, '.nnunet');
}

function recordFile(folder: string): string {
  return join(folder, 'run.json');
}

export function writeRecord(folder: string, record: RunRecord): void {
  writeFileAtomicSync(recordFile(folder), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** @returns undefined for a fold that was not trained by this program. */
export function readRecord(folder: string): RunRecord | undefined {
  const file = recordFile(folder);
  return fs.existsSync(file) ? (parseJson(fs.readFileSync(file, 'utf8'), file) as RunRecord) : undefined;
}

const logName = 'core.log';
const filesOfARun = [
  /^run\.json$/,
  /^events\.jsonl$/,
  /^core\.log$/,
  /^checkpoint_.*\.(pth|safetensors)$/,
  /^validation$/,
  /^debug\.json$/,
  /^progress\.png$/,
  /^training_log_.*\.txt$/,
];

/**
 * Moves what an earlier training left in a fold folder aside, so that a new one loses nothing. What it goes to is a model folder
 * of its own, with the plans it was trained with: it still predicts.
 * @returns that folder, earlier_runs/TIME, or undefined when there was nothing worth keeping
 */
export function setAside(folder: string): string | undefined {
  const names = fs
    .readdirSync(folder)
    .filter((name) => filesOfARun.some((rule) => rule.test(name)))
    // Checkpoints first: half-way through, there must be none left that seems to belong to the new training.
    .sort((a, b) => Number(b.startsWith('checkpoint_')) - Number(a.startsWith('checkpoint_')));
  const hasResults = names.some((name) => name.startsWith('checkpoint_') || name === 'validation');
  if (hasResults) return moveAside(folder, names);
  // A run that never got to train: nothing to lose.
  for (const name of names) {
    const file = join(folder, name);
    if (name === logName) fs.truncateSync(file);
    else fs.rmSync(file, { recursive: true, force: true });
  }
  return undefined;
}

/** @param names  of files in the fold folder. @returns earlier_runs/TIME */
export function moveAside(folder: string, names: readonly string[]): string {
  const target = join(folder, 'earlier_runs', new Date().toISOString().replace(/[:.]/g, '-'));
  const fold = join(target, basename(folder));
  fs.mkdirSync(fold, { recursive: true });
  const { plans, datasetJson, fingerprint } = modelPaths(dirname(folder));
  for (const file of [plans, datasetJson, fingerprint]) {
    if (fs.existsSync(file)) fs.copyFileSync(file, join(target, basename(file)));
  }
  for (const name of names) {
    const file = join(folder, name);
    if (name === logName) {
      // The new run's processes have it open already, for appending: it must stay the same file.
      fs.copyFileSync(file, join(fold, name));
      fs.truncateSync(file);
    } else fs.renameSync(file, join(fold, name));
  }
  return target;
}
