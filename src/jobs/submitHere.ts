/** Asks for one job, or for a few in a row, by somebody who is there to be told at once where that does not work. */
import { NnunetError } from '../method/errors';
import type { Starter } from './advance';
import type { AnyJob } from './job';
import { withNeededMemory } from './neededMemory';
import { submitJobs, type Submitted } from './submit';
import { takeOff } from './takeOff';

/** @throws NnunetError why the first of those that could not be started was not: then none of them stays in the list */
export async function submitHere(resultsRoot: string, jobs: readonly AnyJob[], starter: Starter): Promise<Submitted[]> {
  const submitted = await submitJobs(resultsRoot, await Promise.all(jobs.map(withNeededMemory)), starter);
  const started = new Set(submitted.flatMap(({ job, state }) => (state === 'started' ? [job.id] : [])));
  // What comes after one that has begun, and has failed already, is told by that one's own error.
  const isTold = ({ job, failure }: Submitted): boolean =>
    failure?.code === 'earlier-job-failed' && job.after.some(({ id }) => started.has(id));
  const failure = submitted.find((one) => one.failure && !isTold(one))?.failure;
  if (!failure) return submitted;
  const ids = jobs.map(({ id }) => id);
  await takeOff(resultsRoot, ids, starter.launchers);
  throw new NnunetError(failure.code, failure.message, failure);
}
