/** Asks for jobs from this window: they lie where its results are, and run where the setting says, as far as they can. */
import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { AnyJob, JobKind } from '../../jobs/job';
import { jobsRootFor } from '../../jobs/jobsRoot';
import { launchPlace, type Asked } from '../../jobs/launchPlace';
import { jobsOf, type PlannedJob } from '../../jobs/plannedJobs';
import { submitHere } from '../../jobs/submitHere';
import type { Services } from '../services';
import { chosenLauncher } from '../settings';

/** Trainings are asked for by way of `Services.runs`. */
export type WorkKind = Exclude<JobKind, 'train'>;

export interface AskedWork<K extends WorkKind> extends Asked<K> {
  /** Places in the list of those that have to be done before it; absent: the one before it. */
  after?: readonly number[];
}

/** Each only begins where what it comes after has ended well. @throws as `submitHere` */
export async function submitFromHere(
  services: Services,
  asked: readonly AskedWork<WorkKind>[],
): Promise<{ resultsRoot: string; jobs: AnyJob[] }> {
  const roots = services.rootsOf(...asked.flatMap(({ request }) => pathsIn(request)));
  const where = launchPlace(asked, chosenLauncher);
  const resultsRoot = await jobsRootFor(roots, where.launcher);
  const planned = asked.map(({ kind, request, after }, at) => ({
    ...{ kind, request },
    after: after ?? (at === 0 ? [] : [at - 1]),
  }));
  const jobs = jobsOf(planned as PlannedJob[], { roots, ...where, window: vscode.env.sessionId });
  await submitHere(resultsRoot, jobs, services.starter);
  return { resultsRoot, jobs };
}

/** Where what is asked for lies. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return isAbsolute(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}
