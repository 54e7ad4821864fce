/** Hands jobs to Slurm: a readable script each, folds as an array, what waits for others as a dependency. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../../method/errors';
import { writeFileAtomicSync } from '../../storage/atomicFile';
import { earlierState } from '../earlier';
import type { AnyJob } from '../job';
import { jobFolder, jobsFolder, notWritable } from '../jobFolder';
import { readHandle, writeHandle } from '../launchFile';
import type { LaunchHandle, Launcher, Observed } from '../launcher';
import { requireTrainingTarget } from '../trainingTarget';
import { batchesOf, type Batch } from './batches';
import { clusterCommands, requireAnswer, type Ask } from './commands';
import { pathThere } from './pathMap';
import { programFor, programThere, requireShared } from './program';
import { arrayScriptName, batchScript, scriptName, type Program } from './script';
import { clusterSettings, type ClusterSettings } from './settings';
import { commentFormat, jobName, queueFormat, readAccounting, readComments, readJobId, readQueue } from './states';

type SlurmHandle = Extract<LaunchHandle, { launcher: 'slurm' }>;

interface SlurmOptions {
  /** How the cluster's commands are given. */
  commands?: (loginNode: string | undefined) => Ask;
  program?: (settings: ClusterSettings) => Program;
  /** Answers are not asked for again sooner: a scheduler has others to serve. */
  freshSeconds?: number;
}

const defaultFreshSeconds = { here: 10, there: 30 };

export function slurmLauncher({
  commands = clusterCommands,
  program = programFor,
  freshSeconds,
}: SlurmOptions = {}): Launcher {
  /** What was looked at: where the program is for a login node, and that it sees a results root. */
  const reached = new Map<string, Program>();
  const answers = new Map<string, { at: number; names: string; states: Promise<Map<string, Observed>> }>();

  async function handIn(resultsRoot: string, batch: Batch, handles: Map<string, LaunchHandle>): Promise<void> {
    const { jobs, settings } = batch;
    const { loginNode, pathMap } = settings;
    const ask = commands(loginNode);
    const script = writeScripts(resultsRoot, batch, await reach(resultsRoot, settings, ask));
    const after = dependency(resultsRoot, batch, handles);
    const options = after === undefined ? [] : [`--dependency=${after}`, '--kill-on-invalid-dep=yes'];
    const printed = await requireAnswer(ask, ['sbatch', '--parsable', ...options, pathThere(script, pathMap)]);
    const jobId = readJobId(printed);
    if (jobId === undefined) throw new RunError('cluster-refused', `sbatch named no job: ${printed.trim()}`);
    jobs.forEach(({ id }, index) => {
      const place = jobs.length > 1 ? { arrayIndex: index } : {};
      note(
        resultsRoot,
        id,
        { launcher: 'slurm', jobId, ...place, ...(loginNode !== undefined && { loginNode }) },
        handles,
      );
    });
  }

  async function reach(resultsRoot: string, settings: ClusterSettings, ask: Ask): Promise<Program> {
    const installed = program(settings);
    const { loginNode, pathMap } = settings;
    if (loginNode === undefined) return installed;
    const key = JSON.stringify([loginNode, installed.runner, resultsRoot]);
    const known = reached.get(key);
    if (known) return known;
    await requireShared(ask, loginNode, pathThere(jobsFolder(resultsRoot), pathMap));
    const there = await programThere(ask, settings, installed);
    reached.set(key, there);
    return there;
  }

  function statesOf(loginNode: string | undefined, handles: readonly SlurmHandle[]): Promise<Map<string, Observed>> {
    const key = loginNode ?? '';
    const ids = [...new Set(handles.map(({ jobId }) => jobId))].sort();
    const known = answers.get(key);
    const fresh = 1000 * (freshSeconds ?? defaultFreshSeconds[loginNode === undefined ? 'here' : 'there']);
    const now = performance.now();
    if (known && known.names === ids.join() && now - known.at < fresh) return known.states;
    const states = askStates(commands(loginNode), ids);
    answers.set(key, { at: now, names: ids.join(), states });
    // A failure is asked about again at once.
    states.catch(() => answers.delete(key));
    return states;
  }

  return {
    name: 'slurm',
    async submit(resultsRoot, jobs) {
      for (const job of jobs) if (job.kind === 'train') await requireTrainingTarget(job.request);
      const handles = new Map<string, LaunchHandle>();
      await adopt(resultsRoot, jobs, commands, handles);
      const left = jobs.filter(({ id }) => !handles.has(id));
      answers.clear();
      for (const batch of batchesOf(left, (job) => clusterSettings(job.cluster)))
        await handIn(resultsRoot, batch, handles);
      return jobs.map(({ id }) => handles.get(id)!);
    },
    async cancel(handle) {
      if (handle.launcher !== 'slurm') return;
      answers.clear();
      await requireAnswer(commands(handle.loginNode), ['scancel', jobName(handle.jobId, handle.arrayIndex)]);
    },
    async observe(handles) {
      const bySlurm = handles.filter((handle) => handle.launcher === 'slurm');
      const states = new Map<string | undefined, Map<string, Observed>>();
      for (const node of new Set(bySlurm.map(({ loginNode }) => loginNode)))
        states.set(
          node,
          await statesOf(
            node,
            bySlurm.filter(({ loginNode }) => loginNode === node),
          ),
        );
      return handles.map((handle) => {
        if (handle.launcher !== 'slurm') return { state: 'lost' };
        return states.get(handle.loginNode)?.get(jobName(handle.jobId, handle.arrayIndex)) ?? { state: 'lost' };
      });
    },
  };
}

function note(resultsRoot: string, id: string, handle: SlurmHandle, handles: Map<string, LaunchHandle>): void {
  // At once: should the next one be refused, this one is known.
  writeHandle(resultsRoot, id, handle);
  handles.set(id, handle);
}

/** Those that a program handed in which then ended before it could write that down. */
async function adopt(
  resultsRoot: string,
  jobs: readonly AnyJob[],
  commands: (loginNode: string | undefined) => Ask,
  handles: Map<string, LaunchHandle>,
): Promise<void> {
  const again = jobs.filter(({ id }) => existsSync(join(jobFolder(resultsRoot, id), scriptName)));
  const byNode = new Map<string | undefined, AnyJob[]>();
  for (const job of again) {
    const { loginNode } = clusterSettings(job.cluster);
    byNode.set(loginNode, [...(byNode.get(loginNode) ?? []), job]);
  }
  for (const [loginNode, some] of byNode) {
    const asked = ['squeue', '--noheader', '--array', `--format=${commentFormat}`] as const;
    const found = readComments(await requireAnswer(commands(loginNode), asked));
    for (const { id } of some) {
      const known = found.get(id);
      if (known)
        note(resultsRoot, id, { launcher: 'slurm', ...known, ...(loginNode !== undefined && { loginNode }) }, handles);
    }
  }
}

/** @returns the file to hand in */
function writeScripts(resultsRoot: string, { jobs, settings }: Batch, program: Program): string {
  const write = (some: readonly AnyJob[], name: string): string => {
    const folder = jobFolder(resultsRoot, some[0]!.id);
    const text = batchScript({ jobs: some, resultsRoot, folder, settings, program });
    try {
      writeFileAtomicSync(join(folder, name), text);
    } catch (error) {
      throw notWritable(error, folder);
    }
    return join(folder, name);
  };
  const own = jobs.map((job) => write([job], scriptName));
  return jobs.length > 1 ? write(jobs, arrayScriptName) : own[0]!;
}

/** What a batch waits for, as sbatch takes it. What is done already may be forgotten by the scheduler. */
function dependency(
  resultsRoot: string,
  { jobs }: Batch,
  handles: ReadonlyMap<string, LaunchHandle>,
): string | undefined {
  const parts = jobs[0]!.after.flatMap(({ id, is }) => {
    const handle = handles.get(id) ?? readHandle(resultsRoot, id);
    if (handle?.launcher !== 'slurm' || earlierState(resultsRoot, id, []) === 'done') return [];
    return [`${is === 'done' ? 'afterok' : 'afterany'}:${jobName(handle.jobId, handle.arrayIndex)}`];
  });
  return parts.length > 0 ? parts.join(',') : undefined;
}

async function askStates(ask: Ask, ids: readonly string[]): Promise<Map<string, Observed>> {
  const found = readQueue(await askQueue(ask, ids));
  const missing = ids.filter((id) => ![...found.keys()].some((name) => name === id || name.startsWith(`${id}_`)));
  if (missing.length === 0) return found;
  // Where there is an accounting database it remembers for longer.
  const { code, printed } = await ask([
    'sacct',
    ...['--noheader', '--parsable2', '--allocations', '--format=JobID,State', `--jobs=${missing.join(',')}`],
  ]).catch(() => ({ code: 1, printed: '' }));
  return code === 0 ? new Map([...readAccounting(printed), ...found]) : found;
}

/** One that is not known alone is an error to squeue, and none where several are asked for. */
async function askQueue(ask: Ask, ids: readonly string[]): Promise<string> {
  const words = (names: readonly string[]): [string, ...string[]] => [
    'squeue',
    ...['--noheader', '--array', '--states=all', `--format=${queueFormat}`, `--jobs=${names.join(',')}`],
  ];
  if (ids.length > 1) return requireAnswer(ask, words(ids));
  const { code, printed } = await ask(words(ids));
  return code === 0 ? printed : requireAnswer(ask, words([ids[0]!, ids[0]!]));
}
