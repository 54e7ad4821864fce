/** What does the cluster run for a job? A batch script that a person can read, change and hand in by hand. Pure text. */
import { shellWord } from '../../method/shellWord';
import { StorageError } from '../../method/errors';
import type { AnyJob } from '../job';
import { pathMapVariable, pathThere } from './pathMap';
import { defaultSaveSeconds, type ClusterSettings } from './settings';
import { commentOf } from './states';

/** Where this program is on the cluster. */
export interface Program {
  node: string;
  /** dist/runner.js */
  runner: string;
  /** VS Code's own executable, which has to be told to be Node. */
  isElectron?: boolean;
}

interface Script {
  jobs: readonly AnyJob[];
  /** Of this machine; the script says it as the cluster calls it. */
  resultsRoot: string;
  /** Of this machine: in it lie the script and what the script itself prints. */
  folder: string;
  settings: ClusterSettings;
  program: Program;
}

/** In each job's folder; in that of an array's first job also the script of the array. */
export const scriptName = 'slurm.sh';
export const arrayScriptName = 'slurm-array.sh';
/** In each job's folder: what its script printed. */
const printedName = 'slurm.txt';

/** Several jobs are one array. @throws StorageError `path-unusable` */
export function batchScript({ jobs, resultsRoot, folder, settings, program }: Script): string {
  const { lines = [], modules = [], cores, pathMap } = settings;
  const isArray = jobs.length > 1;
  const byHand = `sbatch ${shellWord(`${path(folder, settings)}/${isArray ? arrayScriptName : scriptName}`)}`;
  return [
    '#!/bin/bash -l',
    ...jobs.map(({ id, title }) => `# Job ${id}: ${plain(title)}`),
    `# Written by nnU-Net for VS Code. By hand: ${byHand}`,
    ...(isArray ? [`# Only the first of these jobs: ${byHand.replace('sbatch', 'sbatch --array=0')}`] : []),
    ...directives(jobs, settings).map((words) => `#SBATCH ${words}`),
    // After a line that is no comment, sbatch reads none of these.
    ...lines.filter((line) => line.startsWith('#')),
    '',
    `root=${shellWord(path(resultsRoot, settings))}`,
    ...(isArray
      ? [`jobs=(${jobs.map(({ id }) => id).join(' ')})`, 'id=${jobs[$SLURM_ARRAY_TASK_ID]}']
      : [`id=${jobs[0]!.id}`]),
    `exec >>"$root/.nnunet/jobs/$id/${printedName}" 2>&1`,
    ...lines.filter((line) => !line.startsWith('#')),
    ...modules.map((name) => `module load ${shellWord(name)}`),
    ...(program.isElectron ? ['export ELECTRON_RUN_AS_NODE=1'] : []),
    ...(cores === undefined ? [] : [`export OMP_NUM_THREADS=${cores}`]),
    // What a job was asked for names folders as they are called where it was asked for.
    ...(pathMap ? [`export ${pathMapVariable}=${shellWord(JSON.stringify(pathMap))}`] : []),
    '# In place of this shell: the signal that comes before the time is up has to reach it.',
    `exec ${shellWord(program.node)} --enable-source-maps ${shellWord(program.runner)} "$root" "$id"`,
    '',
  ].join('\n');
}

function directives(jobs: readonly AnyJob[], settings: ClusterSettings): string[] {
  const [first] = jobs;
  const { resources, title } = first!;
  const { partition, account, gpus, memory, time, saveSeconds = defaultSaveSeconds } = settings;
  const isArray = jobs.length > 1;
  const cores = settings.cores ?? resources.cores;
  const memoryAsked = memory ?? memoryFor(jobs);
  const device = deviceOf(first!);
  const usesDevice = device !== undefined && device !== 'cpu';
  return [
    `--job-name=${quoted(plain(isArray ? title.replace(/, fold \d+$/, ', folds') : title))}`,
    `--comment=${quoted(commentOf(jobs))}`,
    ...(isArray ? [`--array=0-${jobs.length - 1}`] : []),
    '--nodes=1 --ntasks=1',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(gpus === undefined || !usesDevice ? [] : [`--gres=gpu:${gpus}`]),
    ...(cores === undefined ? [] : [`--cpus-per-task=${cores}`]),
    ...(memoryAsked === undefined ? [] : [`--mem=${memoryAsked}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    // The script says where itself: Slurm would take signs in the folder's name for its own.
    '--output=/dev/null',
    `--requeue --signal=B:USR1@${saveSeconds}`,
  ];
}

/** A prediction takes no turn on this machine's devices; of a cluster it has to ask for one. */
function deviceOf({ resources, request }: AnyJob): string | undefined {
  return resources.device ?? ('device' in request ? request.device : undefined);
}

/** What was estimated, and something for what was not. */
function memoryFor(jobs: readonly AnyJob[]): string | undefined {
  const bytes = Math.max(...jobs.map(({ resources }) => resources.memoryBytes ?? 0));
  return bytes > 0 ? `${Math.ceil((bytes * 1.25) / 2 ** 20) + 2048}M` : undefined;
}

function path(here: string, settings: ClusterSettings): string {
  if (/[\u0000-\u001f]/.test(here)) {
    throw new StorageError(
      'path-unusable',
      'A folder has a line break in its name: no script for the cluster can name it',
      {
        where: JSON.stringify(here),
        hint: 'Rename the folder.',
      },
    );
  }
  return pathThere(here, settings.pathMap);
}

/** A title holds names from files: it must end neither its line nor its word. */
function plain(title: string): string {
  return title.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}

/** As sbatch reads a value in its lines. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
