/** Runs a command as a job: asks for it, shows what it says, passes Ctrl-C on to it, and presents what it leaves. */
import type { Roots } from '../dataset/roots';
import { killRun } from '../jobs/control';
import { ask, followHere } from '../jobs/followHere';
import type { AnyJob, Job, JobKind } from '../jobs/job';
import { newJob, workFolder } from '../jobs/jobFolder';
import { jobsRootFor } from '../jobs/jobsRoot';
import { jobTitle } from '../jobs/jobTitle';
import type { JobRequests } from '../jobs/requests';
import type { JobResults } from '../jobs/results';
import { submitHere } from '../jobs/submitHere';
import { RunError } from '../method/errors';
import { launcherFrom } from './clusterOptions';
import type { CommandContext, OptionSpec } from './command';
import { localStarter } from './localStarter';
import type { ParsedArguments } from './parsedArguments';
import { sayWaiting } from './sayWaiting';

export const detachOption: OptionSpec = {
  name: 'detach',
  kind: 'flag',
  description: 'return as soon as it has started or waits for its turn; see "nnunet jobs"',
};

export interface Asked<K extends JobKind> {
  kind: K;
  request: JobRequests[K];
  roots: Roots;
  parsed: ParsedArguments;
  /** Says what came of it. @returns the exit code; undefined means 0 */
  present(result: JobResults[K]): number | void | Promise<number | void>;
}

/** @returns the exit code */
export async function submitAndFollow<K extends Exclude<JobKind, 'train'>>(
  { kind, request, roots, parsed, present }: Asked<K>,
  context: CommandContext,
): Promise<number> {
  const { output, signal } = context;
  signal.throwIfAborted();
  const resultsRoot = await jobsRootFor(roots);
  const job = newJob({ kind, title: jobTitle(kind, request), request, roots, ...launcherFrom(parsed) });
  const starter = localStarter();
  const [submitted] = await submitHere(resultsRoot, [job as AnyJob], starter);
  if (parsed.flag('detach')) return tellDetached(resultsRoot, job, submitted?.state === 'waiting', context);
  const release = killOnSecondInterrupt(workFolder(resultsRoot, job as AnyJob), signal);
  try {
    const end = await followHere(resultsRoot, job, starter, {
      stop: signal,
      waits: sayWaiting(resultsRoot, job, output),
      // How it ended is said below.
      event: (event) => (event.type === 'error' || event.type === 'finished' ? undefined : output.event(event)),
    });
    if (end.state === 'done') return (await present(end.result)) ?? 0;
    if (end.state === 'failed') throw end.error;
    signal.throwIfAborted();
    throw new RunError('job-stopped', `"${job.title}" was stopped from elsewhere`, {
      hint: 'Nothing half-written is left behind; run the command again to go on.',
    });
  } finally {
    release();
  }
}

function tellDetached(resultsRoot: string, job: Job, isWaiting: boolean, { output }: CommandContext): number {
  output.line(
    isWaiting
      ? `${job.title}: it waits for its turn. See "nnunet jobs"; take it off the list with "nnunet remove ${job.id}".`
      : `${job.title}: it has started. Follow it with "nnunet jobs --follow ${job.id}", end it with "nnunet stop ${job.id}".`,
  );
  const folder = workFolder(resultsRoot, job as AnyJob);
  output.result({ id: job.id, folder, state: isWaiting ? 'waiting' : 'started' });
  return 0;
}

/** The first Ctrl-C asks the job to end in order; the second, which ends this command at once, ends it at once as well. */
function killOnSecondInterrupt(folder: string, signal: AbortSignal): () => void {
  const onSignal = (): void => {
    if (signal.aborted) ask(() => killRun(folder));
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  // Before the command line's own, which ends the process.
  for (const name of names) process.prependListener(name, onSignal);
  return () => names.forEach((name) => process.removeListener(name, onSignal));
}
