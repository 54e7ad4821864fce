/** Follows a job from its place in the list to its end, for somebody who is there: a stop that they ask for is passed on to it. */
import type { RunEvent } from '../protocol/events';
import { NnunetError } from '../method/errors';
import type { Starter } from './advance';
import { requestStop } from './control';
import { EventReader, eventsFile } from './events';
import { goesOn } from './goesOn';
import type { AnyJob, Job, JobKind, Waiting } from './job';
import { followToEnd, interruptedCode, type JobEnd } from './jobEnd';
import { workFolder } from './jobFolder';
import { takeOff } from './takeOff';
import { waitForTurn } from './waitForTurn';

export interface Follower {
  /** Called now and then while it waits. */
  waits(why: Waiting): void;
  event(event: RunEvent): void;
  /** Aborted: it is taken off the list, or asked to end; its end is waited for. */
  stop: AbortSignal;
}

/** @throws as `waitForTurn` */
export async function followHere<K extends Exclude<JobKind, 'train'>>(
  resultsRoot: string,
  job: Job<K>,
  starter: Starter,
  { waits, event, stop }: Follower,
): Promise<JobEnd<K>> {
  const folder = workFolder(resultsRoot, job as AnyJob);
  const passOn = (): void => ask(() => requestStop(folder));
  stop.addEventListener('abort', passOn);
  const reader = new EventReader(eventsFile(folder));
  try {
    for (;;) {
      try {
        await waitForTurn(resultsRoot, job as AnyJob, starter, { waits, signal: stop });
      } catch (error) {
        if (!stop.aborted) throw error;
        if ((await takeOff(resultsRoot, [job.id], starter.launchers)).length > 0) return { state: 'stopped' };
        // It began in the same instant.
      }
      if (stop.aborted) passOn();
      const end = await followToEnd(resultsRoot, job, event, reader);
      const isInterrupted = end.state === 'failed' && end.error.code === interruptedCode;
      if (!isInterrupted || !(await goesOn(resultsRoot, job, starter))) return end;
    }
  } finally {
    stop.removeEventListener('abort', passOn);
  }
}

/** It may have ended in the meantime, or not have begun. */
function ask(request: () => void): void {
  try {
    request();
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
  }
}
