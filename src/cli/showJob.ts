/** Shows what a job says, whoever asked for it, until it ends. Ctrl-C ends the showing only. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundJob } from '../jobs/findJob';
import { followJob } from '../jobs/followJob';
import { readRecord } from '../jobs/runFolder';
import { readWaiting } from '../jobs/waiting';
import { NnunetError } from '../method/errors';
import { errorFromObject } from '../method/errorObject';
import type { ErrorEvent, FinishedEvent } from '../protocol/events';
import { epochLine } from '../runs/describe';
import type { CommandContext } from './command';
import { findIn } from './findJobHere';

const lookMilliseconds = 1000;

/** @returns the exit code: 1 where the job failed or its process is gone */
export async function showJob(
  reference: string,
  roots: readonly string[],
  { output, signal }: CommandContext,
): Promise<number> {
  const { found, resultsRoot: root } = findIn(reference, roots);
  if (found.waiting) await untilBegun(found, root, { output, signal });
  const { folder, title } = found;
  output.note(`${title} (${folder})`);
  let error: ErrorEvent | undefined;
  let finished: FinishedEvent | undefined;
  for await (const event of followJob(folder, startOf(found), signal)) {
    if (event.type === 'epoch' && !output.json) output.note(epochLine(event, []));
    else if (event.type === 'error') error = event;
    else if (event.type !== 'finished') output.event(event);
    if (event.type === 'finished') finished = event;
  }
  signal.throwIfAborted();
  if (error && finished?.state === 'failed') output.error(errorFromObject(error)!);
  const state = finished?.state ?? 'interrupted';
  output.line(`"${title}": ${state}.`);
  output.result({ id: found.id, folder, ...finished, state });
  return state === 'done' || state === 'stopped' ? 0 : 1;
}

/** The latest start's events of a training, all of anything else. */
function startOf({ folder, job }: FoundJob): number {
  return job === undefined || job.kind === 'train' ? (readRecord(folder)?.eventsOffset ?? 0) : 0;
}

async function untilBegun({ id, title }: FoundJob, root: string, { output, signal }: CommandContext): Promise<void> {
  output.note(`${title} waits for its turn …`);
  for (;;) {
    const entry = readWaiting(root).find(({ job }) => job.id === id);
    if (!entry) return;
    const { failure } = entry;
    if (failure) throw new NnunetError(failure.code, failure.message, failure);
    await sleep(lookMilliseconds, undefined, { signal });
  }
}
