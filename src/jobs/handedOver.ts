/** What becomes of jobs that a scheduler of its own has: do they still wait, why, and are they done with? */
import { hostname } from 'node:os';
import { activeHolder } from '../dataset/foldLock';
import type { GraphEntry, JobFailure } from './graphEntry';
import type { AnyJob, LauncherName } from './job';
import { jobFolder, workFolder } from './jobFolder';
import { runStatus } from './jobLog';
import { readHandle } from './launchFile';
import type { LaunchHandle, Launcher, Observed } from './launcher';
import { readRecord } from './runFolder';

export type Launchers = Partial<Record<LauncherName, Launcher>>;

/** Until the scheduler was asked. */
export const justHandedOver = { reason: 'Submitted' };

/** Those of this machine: another may not even have the same cluster. Where it can't be asked, nothing is known anew. */
export async function observeHandedOver(
  resultsRoot: string,
  entries: readonly GraphEntry[],
  launchers: Launchers,
): Promise<Map<string, Observed>> {
  const observed = new Map<string, Observed>();
  const handed = entries.flatMap(({ id, host, handedOver, failure }) => {
    const handle = handedOver && !failure && host === hostname() ? readHandle(resultsRoot, id) : undefined;
    return handle ? [{ id, handle }] : [];
  });
  for (const name of new Set(handed.map(({ handle }) => handle.launcher))) {
    const some = handed.filter(({ handle }) => handle.launcher === name);
    const states = await launchers[name]?.observe(some.map(({ handle }) => handle)).catch(() => undefined);
    states?.forEach((state, at) => observed.set(some[at]!.id, state));
  }
  return observed;
}

/** @returns undefined where nothing is left to wait for: it has said itself how it ended */
export function afterLook(
  resultsRoot: string,
  entry: GraphEntry,
  job: AnyJob,
  observed: Observed | undefined,
): GraphEntry | undefined {
  if (!entry.handedOver || entry.failure || !observed) return entry;
  switch (observed.state) {
    case 'pending':
      return withReason(entry, observed.reason);
    case 'running':
      return withReason(entry, 'Starting');
    case 'ended':
    case 'lost': {
      const folder = workFolder(resultsRoot, job);
      // Its last words may still be on their way through the shared folder.
      if (activeHolder(folder)) return entry;
      const own = hasBegun(job, folder) ? runStatus(folder)?.finished : undefined;
      if (own !== undefined) return undefined;
      const { handedOver: _, ...rest } = entry;
      return { ...rest, failure: failureOf(resultsRoot, job, observed) };
    }
  }
}

/** Whether this job, and no earlier one in the same folder, has begun to work. */
function hasBegun(job: AnyJob, folder: string): boolean {
  return job.kind !== 'train' || recordedJob(folder) === job.id;
}

/** Whether it works just now, whatever the scheduler was heard to say of it. */
export function worksNow(job: AnyJob, folder: string): boolean {
  return activeHolder(folder) !== undefined && hasBegun(job, folder);
}

function withReason(entry: GraphEntry, reason: string): GraphEntry {
  return entry.handedOver?.reason === reason ? entry : { ...entry, handedOver: { reason } };
}

function failureOf(resultsRoot: string, job: AnyJob, observed: Observed & { state: 'ended' | 'lost' }): JobFailure {
  const name = nameOf(readHandle(resultsRoot, job.id));
  const again = `"nnunet retry ${job.id}" hands it in again${job.kind === 'train' ? '; a training goes on from its last checkpoint' : ''}.`;
  const where = jobFolder(resultsRoot, job.id);
  if (observed.state === 'lost') {
    return {
      code: 'job-lost',
      message: `The cluster knows nothing of its job ${name} any more, and the job did not say how it ended`,
      hint: again,
      where,
    };
  }
  const how = observed.how ?? '';
  if (how === 'DependencyNeverSatisfied') {
    return {
      code: 'earlier-job-failed',
      message: 'A job that has to come before it did not end well',
      hint: `Run that again, then this one with "nnunet retry ${job.id}".`,
    };
  }
  return {
    code: 'cluster-ended',
    message: `The cluster ended its job ${name}${how ? `: ${how}` : ''}`,
    hint: `What its script printed is in slurm.txt, if it came so far. ${again}`,
    where,
  };
}

function nameOf(handle: LaunchHandle | undefined): string {
  if (handle?.launcher !== 'slurm') return '';
  return handle.arrayIndex === undefined ? handle.jobId : `${handle.jobId}_${handle.arrayIndex}`;
}

function recordedJob(folder: string): string | undefined {
  try {
    return readRecord(folder)?.jobId;
  } catch {
    return undefined; // Damaged: whose it is is not known.
  }
}
