/** Waits until a job begins, and starts it when it can: as long as somebody follows it, somebody looks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NnunetError, RunError } from '../method/errors';
import { advance, type Starter } from './advance';
import type { AnyJob, LauncherName, Waiting } from './job';
import { readJob } from './jobFolder';
import { hasStarted } from './launchFile';
import { lookAtMachine } from './machine';
import { titleOfTurn } from './machineTurns';
import { whyWaiting } from './turns';
import { readWaitingAnd, removeWaiting } from './waiting';

const lookMilliseconds = 1000;

/**
 * @param waits  told at each look what it waits for
 * @returns once it has begun
 * @throws NnunetError  why it could not be started (then it is off the list); RunError `job-removed` where a person took it off;
 *   AbortError
 */
export async function waitForTurn(
  resultsRoot: string,
  job: AnyJob,
  starter: Starter,
  { waits, signal }: { waits: (why: Waiting) => void; signal: AbortSignal },
): Promise<void> {
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
    waits(whyWaiting(entry, waiting, await lookAtMachine(resultsRoot, names)));
    await sleep(lookMilliseconds, undefined, { signal });
    await advance(resultsRoot, starter);
  }
}

/** For words about what others wait for, which may lie elsewhere; what its folder does not tell any more goes by its id. */
export function titleOfJob(resultsRoot: string, id: string): string {
  try {
    return readJob(resultsRoot, id).title;
  } catch {
    return titleOfTurn(id) ?? `job ${id}`;
  }
}
