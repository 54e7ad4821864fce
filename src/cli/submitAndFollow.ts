/** Runs a command as a job: asks for it, shows what it says, passes Ctrl-C on to it, and presents what it leaves. */
import type { Roots } from '../dataset/roots';
import type { Starter } from '../jobs/advance';
import { followHere } from '../jobs/followHere';
import type { AnyJob, Job, JobKind } from '../jobs/job';
import { workFolder } from '../jobs/jobFolder';
import { jobsRootFor } from '../jobs/jobsRoot';
import { killJob } from '../jobs/killJob';
import { jobsOf, type PlannedJob } from '../jobs/plannedJobs';
import type { JobRequests } from '../jobs/requests';
import type { JobResults } from '../jobs/results';
import type { Submitted } from '../jobs/submit';
import { submitHere } from '../jobs/submitHere';
import { takeOff } from '../jobs/takeOff';
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

interface Asked<K extends JobKind> {
  kind: K;
  request: JobRequests[K];
  /** What has to be done before it, in order. */
  before?: readonly JobRequests[K][];
  roots: Roots;
  parsed: ParsedArguments;
  /** It is followed also where the command returns before its work is done. */
  isAttached?: boolean;
  /** Says what came of it. @returns the exit code; undefined means 0 */
  present(result: JobResults[K]): number | void | Promise<number | void>;
}

/** @returns the exit code */
export async function submitAndFollow<K extends Exclude<JobKind, 'train'>>(
  { kind, request, before = [], ...asked }: Asked<K>,
  context: CommandContext,
): Promise<number> {
  const chain = [...before, request].map((one, at) => ({ kind, request: one, after: at === 0 ? [] : [at - 1] }));
  return submitPlanned<K>({ ...asked, planned: chain as PlannedJob[] }, context);
}

interface AskedList<K extends JobKind> extends Pick<Asked<K>, 'roots' | 'parsed' | 'isAttached'> {
  /** None is a training; the last is of kind `K`. */
  planned: readonly PlannedJob[];
  /** @param earlier  what those before it have left, in order. @returns as that of one job */
  present(result: JobResults[K], earlier: readonly JobResults[JobKind][]): ReturnType<Asked<K>['present']>;
}

/** The same for jobs of several kinds; the last one's result is presented. */
export async function submitPlanned<K extends Exclude<JobKind, 'train'>>(
  { planned, roots, parsed, isAttached, present }: AskedList<K>,
  context: CommandContext,
): Promise<number> {
  context.signal.throwIfAborted();
  const where = launcherFrom(parsed);
  const resultsRoot = await jobsRootFor(roots, where.launcher);
  const jobs = jobsOf(planned, { roots, ...where });
  const starter = localStarter();
  const submitted = await submitHere(resultsRoot, jobs, starter);
  if (parsed.flag('detach') && !isAttached) return tellAllDetached(resultsRoot, submitted, context);
  return followInOrder<K>({ resultsRoot, jobs, starter, present }, context);
}

interface Followed<K extends JobKind> extends Pick<AskedList<K>, 'present'> {
  resultsRoot: string;
  /** None is a training; the last is of kind `K`. */
  jobs: readonly AnyJob[];
  starter: Starter;
}

/** @returns the exit code */
export async function followInOrder<K extends Exclude<JobKind, 'train'>>(
  { resultsRoot, jobs, starter, present }: Followed<K>,
  context: CommandContext,
): Promise<number> {
  try {
    const earlier: JobResults[JobKind][] = [];
    for (const job of jobs.slice(0, -1))
      earlier.push(await followToResult(resultsRoot, job as Job<K>, starter, context));
    return (await present(await followToResult(resultsRoot, jobs.at(-1) as Job<K>, starter, context), earlier)) ?? 0;
  } catch (error) {
    // What was to come after the one that failed.
    const ids = jobs.map(({ id }) => id);
    await takeOff(resultsRoot, ids, starter.launchers);
    throw error;
  }
}

/** @returns the exit code */
export function tellAllDetached(resultsRoot: string, submitted: readonly Submitted[], context: CommandContext): number {
  for (const one of submitted) tellDetached(one, context);
  const last = submitted.at(-1)!;
  context.output.result({ id: last.job.id, folder: workFolder(resultsRoot, last.job), state: last.state });
  return 0;
}

/** @throws NnunetError why it has none */
export async function followToResult<K extends Exclude<JobKind, 'train'>>(
  resultsRoot: string,
  job: Job<K>,
  starter: Starter,
  { output, signal }: CommandContext,
): Promise<JobResults[K]> {
  const release = killOnSecondInterrupt(resultsRoot, job as AnyJob, starter, signal);
  try {
    const end = await followHere(resultsRoot, job, starter, {
      stop: signal,
      waits: sayWaiting(resultsRoot, job, output),
      // How it ended is said by whoever presents it.
      event: (event) => (event.type === 'error' || event.type === 'finished' ? undefined : output.event(event)),
    });
    if (end.state === 'done') return end.result;
    if (end.state === 'failed') throw end.error;
    signal.throwIfAborted();
    throw new RunError('job-stopped', `"${job.title}" was stopped from elsewhere`, {
      hint: 'Nothing half-written is left behind; run the command again to go on.',
    });
  } finally {
    release();
  }
}

function tellDetached({ job: { id, title }, state }: Submitted, { output }: CommandContext): void {
  output.line(
    state === 'waiting'
      ? `${title}: it waits for its turn. See "nnunet jobs"; take it off the list with "nnunet remove ${id}".`
      : `${title}: it has started. Follow it with "nnunet jobs --follow ${id}", end it with "nnunet stop ${id}".`,
  );
}

/** The first Ctrl-C asks the job to end in order; the second, which ends this command at once, ends it at once as well. */
function killOnSecondInterrupt(
  resultsRoot: string,
  job: AnyJob,
  { launchers }: Starter,
  signal: AbortSignal,
): () => void {
  const onSignal = (): void => {
    // It may have ended in the meantime, or not have begun.
    if (signal.aborted) killJob(resultsRoot, workFolder(resultsRoot, job), launchers).catch(() => undefined);
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  // Before the command line's own, which ends the process.
  for (const name of names) process.prependListener(name, onSignal);
  return () => names.forEach((name) => process.removeListener(name, onSignal));
}
