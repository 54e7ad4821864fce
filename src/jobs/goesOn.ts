/** Is a job that let go of its folder without an end to go on? A scheduler may take it from its machine, and start it again. */
import { advance, type Starter } from './advance';
import { readGraph } from './graphFile';
import type { AnyJob, Job, JobKind } from './job';

/** @returns whether it is in the list again, or still: should the scheduler have ended it, with its words */
export async function goesOn(
  resultsRoot: string,
  { id, launcher }: AnyJob | Job<JobKind>,
  starter: Starter,
): Promise<boolean> {
  if (launcher === 'local') return false;
  await advance(resultsRoot, starter);
  return readGraph(resultsRoot).some((entry) => entry.id === id);
}
