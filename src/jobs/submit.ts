/** Asks for jobs: they are written down, put behind what waits already, and started where they can be. */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { RunError } from '../method/errors';
import { advance, type Starter } from './advance';
import type { GraphEntry, JobFailure } from './graphEntry';
import { changeGraph } from './graphFile';
import type { AnyJob, LauncherName, Waiting } from './job';
import { jobFolder, workFolder, writeJob } from './jobFolder';
import { lookAtMachine, type MachineOptions } from './machine';
import { whyWaiting } from './turns';
import { readWaiting, withJobs } from './waiting';

export interface Submitted {
  job: AnyJob;
  state: 'started' | 'waiting' | 'failed';
  waiting?: Waiting;
  failure?: JobFailure;
}

/**
 * @returns what became of each, in order
 * @throws RunError `already-queued` for a fold that waits already; StorageError `results-not-writable`; as `advance`
 */
export async function submitJobs(
  resultsRoot: string,
  jobs: readonly AnyJob[],
  starter: Starter,
  options: MachineOptions = {},
): Promise<Submitted[]> {
  await append(resultsRoot, jobs);
  await advance(resultsRoot, starter, options);
  return tell(resultsRoot, jobs, starter, options);
}

async function append(resultsRoot: string, jobs: readonly AnyJob[]): Promise<void> {
  try {
    for (const job of jobs) writeJob(resultsRoot, job);
    await changeGraph(resultsRoot, (entries) => ({ entries: withNew(resultsRoot, entries, jobs), result: undefined }));
  } catch (error) {
    for (const { id } of jobs) forget(jobFolder(resultsRoot, id));
    throw error;
  }
}

/** What was wrong is what is told: where it could not be written, it may not be removable, either. */
function forget(folder: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch {
    // It is in no list: nothing starts it.
  }
}

function withNew(resultsRoot: string, entries: readonly GraphEntry[], jobs: readonly AnyJob[]): GraphEntry[] {
  const { waiting } = withJobs(resultsRoot, entries);
  const folders = new Set<string>();
  for (const job of jobs) {
    const folder = workFolder(resultsRoot, job);
    if (folders.has(folder) || waiting.some((one) => !one.failure && one.folder === folder))
      throw alreadyQueued(job, folder);
    folders.add(folder);
  }
  // One that could not be started gives way to the same asked for anew.
  const replaced = new Set(waiting.filter(({ folder }) => folders.has(folder)).map(({ job }) => job.id));
  return [...entries.filter(({ id }) => !replaced.has(id)), ...jobs.map(({ id }) => ({ id, host: hostname() }))];
}

function alreadyQueued(job: AnyJob, where: string): RunError {
  const what = job.kind === 'train' ? `Fold ${job.request.fold} of ${job.request.configuration}` : `"${job.title}"`;
  return new RunError('already-queued', `${what} waits in the queue already`, {
    where,
    hint: 'Remove it from the queue first if it is to be done otherwise.',
  });
}

async function tell(
  resultsRoot: string,
  jobs: readonly AnyJob[],
  { launchers }: Starter,
  options: MachineOptions,
): Promise<Submitted[]> {
  const all = readWaiting(resultsRoot);
  const stay = all.filter(({ job }) => jobs.some(({ id }) => id === job.id));
  const machine =
    stay.length > 0 ? await lookAtMachine(resultsRoot, Object.keys(launchers) as LauncherName[], options) : undefined;
  return jobs.map((job) => {
    const entry = stay.find((one) => one.job.id === job.id);
    if (entry?.failure) return { job, state: 'failed', failure: entry.failure };
    if (entry) return { job, state: 'waiting', waiting: whyWaiting(entry, all, machine!) };
    return { job, state: 'started' };
  });
}
