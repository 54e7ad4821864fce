/** Waits until a job begins, says for what it waits, and starts it when it can: as long as the command is there, somebody looks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { advance, type Starter } from '../jobs/advance';
import type { AnyJob, LauncherName } from '../jobs/job';
import { readJob } from '../jobs/jobFolder';
import { hasStarted } from '../jobs/launchFile';
import { lookAtMachine } from '../jobs/machine';
import { whyWaiting } from '../jobs/turns';
import { readWaitingAnd, removeWaiting } from '../jobs/waiting';
import { NnunetError, RunError } from '../method/errors';
import { waitingText } from '../runs/waitingWords';
import type { Output } from './output';

const lookMilliseconds = 1000;

/**
 * @returns once it has begun
 * @throws NnunetError  why it could not be started (then it is off the list); RunError `job-removed` where a person took it off
 */
export async function waitForTurn(
  resultsRoot: string,
  job: AnyJob,
  starter: Starter,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<void> {
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const { waiting, damaged } = readWaitingAnd(resultsRoot);
    const entry = waiting.find((one) => one.job.id === job.id);
    const failure = entry?.failure ?? damaged.find(({ id }) => id === job.id)?.failure;
    if (failure) {
      // The person is told now: nothing needs to stay in the list for that.
      await removeWaiting(resultsRoot, [job.id]);
      throw new NnunetError(failure.code, failure.message, failure);
    }
    if (!entry) {
      if (hasStarted(resultsRoot, job.id)) return;
      throw new RunError('job-removed', `"${job.title}" was taken off the list before it began`, {
        hint: 'Nothing was started.',
      });
    }
    const names = Object.keys(starter.launchers) as LauncherName[];
    const why = whyWaiting(entry, waiting, await lookAtMachine(resultsRoot, names));
    const text = waitingText(why, (id) => titleOf(resultsRoot, id));
    if (text !== said) output.note(`${job.title} ${text} … (Ctrl-C takes it off the list)`);
    said = text;
    await sleep(lookMilliseconds, undefined, { signal });
    await advance(resultsRoot, starter);
  }
}

export function titleOf(resultsRoot: string, id: string): string {
  try {
    return readJob(resultsRoot, id).title;
  } catch {
    return `job ${id}`;
  }
}
