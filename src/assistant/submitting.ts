/** Hands jobs over, and says what became of them. */
import type { Starter } from '../jobs/advance';
import type { AnyJob, JobKind, LaunchChoice } from '../jobs/job';
import { jobsRootFor } from '../jobs/jobsRoot';
import { launchPlace } from '../jobs/launchPlace';
import { jobsOf, type PlannedJob } from '../jobs/plannedJobs';
import type { JobRequests } from '../jobs/requests';
import { submitHere } from '../jobs/submitHere';
import { titleOfJob } from '../jobs/waitForTurn';
import { waitingText } from '../runs/waitingWords';
import type { Answer, Call } from './call';
import { learnPaths } from './datasetNames';
import type { Proposal } from './tool';

/** One job, and where it will run. */
export function proposalOf<K extends Exclude<JobKind, 'train'>>(
  call: Call,
  kind: K,
  request: JobRequests[K],
  { question, details, command }: Omit<Proposal, 'start'>,
): Proposal {
  const where = launchPlace([{ kind, request }], () => call.settings.launch());
  const launch = launchWords(where);
  return {
    question,
    details: [...details, ...launch.details],
    command: [command, ...launch.options].join(' '),
    async start(starter) {
      const { roots, names } = call;
      const jobs = jobsOf([{ kind, request } as PlannedJob], { roots, ...where });
      learnPaths(names, request);
      return submitted(await jobsRootFor(roots, where.launcher), jobs, starter);
    },
  };
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
