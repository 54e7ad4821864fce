/** Asks for jobs from this window: they lie where its results are, and are started by this machine. */
import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { Roots } from '../../dataset/roots';
import type { Starter } from '../../jobs/advance';
import type { After, AnyJob, JobKind } from '../../jobs/job';
import { newJob } from '../../jobs/jobFolder';
import { jobsRootFor } from '../../jobs/jobsRoot';
import { jobTitle } from '../../jobs/jobTitle';
import { localLauncher } from '../../jobs/local/launch';
import type { JobRequests } from '../../jobs/requests';
import { submitHere } from '../../jobs/submitHere';
import type { Services } from '../services';

/** Trainings are asked for by way of `Services.runs`. */
export type WorkKind = Exclude<JobKind, 'train'>;

export interface AskedWork<K extends WorkKind> {
  kind: K;
  request: JobRequests[K];
  /** Places in the list of those that have to be done before it; absent: the one before it. */
  after?: readonly number[];
}

interface SubmittedWork {
  resultsRoot: string;
  jobs: AnyJob[];
  starter: Starter;
}

/** Each only begins where what it comes after has ended well. @throws as `submitHere` */
export async function submitFromHere(
  services: Services,
  asked: readonly AskedWork<WorkKind>[],
): Promise<SubmittedWork> {
  const roots = services.rootsOf(...asked.flatMap(({ request }) => pathsIn(request)));
  const resultsRoot = await jobsRootFor(roots);
  const starter: Starter = { launchers: { local: localLauncher(services.distFile('runner.js')) } };
  const jobs: AnyJob[] = [];
  for (const one of asked) jobs.push(jobOf(one, roots, jobs));
  await submitHere(resultsRoot, jobs, starter);
  return { resultsRoot, jobs, starter };
}

/** Where what is asked for lies. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return isAbsolute(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

function jobOf(
  { kind, request, after: places }: AskedWork<WorkKind>,
  roots: Roots,
  earlier: readonly AnyJob[],
): AnyJob {
  const before = places ? places.map((place) => earlier[place]!) : earlier.slice(-1);
  const after = before.map(({ id }): After => ({ id, is: 'done' }));
  const title = jobTitle(kind, request);
  return newJob({ kind, title, request, roots, after, window: vscode.env.sessionId }) as AnyJob;
}
