/** Hands jobs over, and says what became of them. */
import type { Starter } from '../jobs/advance';
import type { AnyJob, JobKind, LaunchChoice } from '../jobs/job';
import { newJob } from '../jobs/jobFolder';
import { jobsRootFor } from '../jobs/jobsRoot';
import { jobTitle } from '../jobs/jobTitle';
import type { JobRequests } from '../jobs/requests';
import { submitHere } from '../jobs/submitHere';
import { titleOfJob } from '../jobs/waitForTurn';
import { waitingText } from '../runs/waitingWords';
import type { Answer, Call } from './call';
import { learnPaths } from './datasetNames';

/** @param where  absent: on this machine */
export async function submitOne<K extends Exclude<JobKind, 'train'>>(
  { roots, names }: Call,
  kind: K,
  request: JobRequests[K],
  starter: Starter,
  where: LaunchChoice = { launcher: 'local' },
): Promise<Answer> {
  const job = newJob({ kind, title: jobTitle(kind, request), request, roots, ...where }) as AnyJob;
  learnPaths(names, request);
  // What a cluster works on has to lie where it sees it.
  const resultsRoot = where.launcher === 'local' ? await jobsRootFor(roots) : roots.results;
  return submitted(resultsRoot, [job], starter);
}

/** What is said beforehand of where it will run, and what a person adds to the command. */
export function launchWords({ launcher, cluster }: LaunchChoice): { details: string[]; options: string[] } {
  if (launcher === 'local') return { details: [], options: [] };
  const { partition } = cluster ?? {};
  const place = partition === undefined ? '' : `, partition ${partition}`;
  return {
    details: [`It is handed to the cluster (Slurm${place}).`],
    options: [`--launcher slurm${partition === undefined ? '' : ` --partition ${partition}`}`],
  };
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
