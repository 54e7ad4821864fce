/** Says whether a job has begun, or where it stands in the list and for what it waits. */
import type { Starter } from '../jobs/advance';
import type { LauncherName } from '../jobs/job';
import { lookAtMachine } from '../jobs/machine';
import { whyWaiting } from '../jobs/turns';
import { titleOfJob } from '../jobs/waitForTurn';
import { readWaiting } from '../jobs/waiting';
import { waitingText } from '../runs/waitingWords';
import type { Output } from './output';

/** @returns the same for --json */
export async function tellPlace(
  resultsRoot: string,
  { id, title }: { id: string; title: string },
  { launchers }: Starter,
  output: Output,
): Promise<Record<string, unknown>> {
  const all = readWaiting(resultsRoot);
  const entry = all.find(({ job }) => job.id === id);
  if (!entry) {
    output.line(`"${title}" has started. Follow it with "nnunet jobs --follow ${id}".`);
    return { state: 'started' };
  }
  const { place, failure } = entry;
  if (failure) {
    output.line(`"${title}" could not start: ${failure.message}. ${failure.hint}`.trimEnd());
    return { state: 'failed', failure };
  }
  const waiting = whyWaiting(entry, all, await lookAtMachine(resultsRoot, Object.keys(launchers) as LauncherName[]));
  output.line(
    `"${title}" ${waitingText(waiting, (one) => titleOfJob(resultsRoot, one))}; it is number ${place + 1} in the list.`,
  );
  return { state: 'waiting', place: place + 1, waiting };
}
