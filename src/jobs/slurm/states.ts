/** What does Slurm say of jobs? Its lines, read by fields that its versions share, as what a launcher tells. */
import type { Observed } from '../launcher';

/** Before each line that was asked for: what a login shell prints by itself has none. */
const mark = 'nnunet|';
/** Array job, place in it, number, state, reason, nodes. */
export const queueFormat = `${mark}%F|%K|%A|%T|%r|%N`;
/** Array job, place in it, comment. */
export const commentFormat = `${mark}%F|%K|%k`;

const waiting = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
]);
const working = new Set(['RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT', 'RESIZING']);
/** It waits for an earlier job that will never be what it has to be. */
const inVain = 'DependencyNeverSatisfied';

/** How one of an array's jobs is named, or a job that is none. */
export function jobName(jobId: string, arrayIndex?: number): string {
  return arrayIndex === undefined ? jobId : `${jobId}_${arrayIndex}`;
}

/** @param printed  by `squeue --array --format=queueFormat`. @returns by `jobName` */
export function readQueue(printed: string): Map<string, Observed> {
  const found = new Map<string, Observed>();
  for (const fields of marked(printed)) {
    const [arrayJob = '', index = '', , state = '', reason = '', nodes = ''] = fields;
    found.set(nameOf(arrayJob, index), observedFrom(state, reason, nodes));
  }
  return found;
}

/** How jobs of ours are known to the scheduler, should whoever handed them in not have been able to write down its number. */
export function commentOf(jobs: readonly { id: string }[]): string {
  return `nnunet:${jobs.map(({ id }) => id).join(',')}`;
}

/** @param printed  by `squeue --array --format=commentFormat`. @returns by the job's own id */
export function readComments(printed: string): Map<string, { jobId: string; arrayIndex?: number }> {
  const found = new Map<string, { jobId: string; arrayIndex?: number }>();
  for (const [jobId = '', index = '', comment = ''] of marked(printed)) {
    const ids = /^nnunet:([0-9a-f]{8}(?:,[0-9a-f]{8})*)$/.exec(comment.trim())?.[1]?.split(',') ?? [];
    if (isIndex(index) && ids[Number(index)]) found.set(ids[Number(index)]!, { jobId, arrayIndex: Number(index) });
    else if (ids.length === 1) found.set(ids[0]!, { jobId });
  }
  return found;
}

/** @param printed  by `sacct --parsable2 --format=JobID,State`. @returns by `jobName` */
export function readAccounting(printed: string): Map<string, Observed> {
  const found = new Map<string, Observed>();
  for (const line of printed.split('\n')) {
    const [name = '', state = ''] = line.split('|');
    // "CANCELLED by 1000"
    const [word = ''] = state.trim().split(/[\s+]/);
    if (/^\d+(_\d+)?$/.test(name) && word) found.set(name, observedFrom(word, '', ''));
  }
  return found;
}

/** @param printed  by `sbatch --parsable`: "123" or "123;cluster". undefined where it is none of these */
export function readJobId(printed: string): string | undefined {
  const lines = printed.trim().split('\n');
  return /^(\d+)(;.*)?$/.exec(lines.at(-1)!.trim())?.[1];
}

function observedFrom(state: string, reason: string, nodes: string): Observed {
  const said = reason === 'None' || reason === '(null)' ? '' : reason;
  if (said === inVain) return { state: 'ended', how: inVain };
  if (waiting.has(state)) return { state: 'pending', reason: said || state };
  if (working.has(state)) return nodes ? { state: 'running', host: nodes } : { state: 'running' };
  return { state: 'ended', how: state };
}

function marked(printed: string): string[][] {
  return printed.split('\n').flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length).split('|')] : []));
}

function nameOf(arrayJob: string, index: string): string {
  return jobName(arrayJob, isIndex(index) ? Number(index) : undefined);
}

/** "N/A" of a job that is no array. */
function isIndex(text: string): boolean {
  return /^\d+$/.test(text);
}
