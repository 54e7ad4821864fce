/** Hands jobs over, and says what became of them. */
import type { Starter } from '../jobs/advance';
import type { AnyJob, JobKind } from '../jobs/job';
import { newJob } from '../jobs/jobFolder';
import { jobsRootFor } from '../jobs/jobsRoot';
import { jobTitle } from '../jobs/jobTitle';
import type { JobRequests } from '../jobs/requests';
import { submitHere } from '../jobs/submitHere';
import { titleOfJob } from '../jobs/waitForTurn';
import { waitingText } from '../runs/waitingWords';
import type { Answer, Call } from './call';
import { learnPaths } from './datasetNames';

export async function submitOne<K extends Exclude<JobKind, 'train'>>(
  { roots, names }: Call,
  kind: K,
  request: JobRequests[K],
  starter: Starter,
): Promise<Answer> {
  const job = newJob({ kind, title: jobTitle(kind, request), request, roots }) as AnyJob;
  learnPaths(names, request);
  return submitted(await jobsRootFor(roots), [job], starter);
}

/** @throws NnunetError why the first of those that could not be started was not */
export async function submitted(resultsRoot: string, jobs: readonly AnyJob[], starter: Starter): Promise<Answer> {
  const all = await submitHere(resultsRoot, jobs, starter);
  const told = all.map(({ job: { id, kind, title }, state, waiting }) => {
    const how = waiting ? waitingText(waiting, (other) => titleOfJob(resultsRoot, other)) : 'has started';
    return { id, kind, title, state, line: `${title} ${how}` };
  });
  return { text: told.map(({ id, line }) => `${line} (job ${id}).`).join('\n'), data: { jobs: told } };
}
