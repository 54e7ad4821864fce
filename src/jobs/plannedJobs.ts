/** Jobs that belong together, before they are asked for: what each is to do, and which of the others have to be done before it. */
import type { After, AnyJob, JobKind, Resources } from './job';
import { newJob, type JobParts } from './jobFolder';
import { jobTitle } from './jobTitle';
import type { JobRequests } from './requests';

type Planned<K extends JobKind> = {
  kind: K;
  request: JobRequests[K];
  resources?: Resources;
  /** Places in the list, counted with the jobs before it, of those that have to be done before this one. */
  after?: readonly number[];
};

export type PlannedJob = { [K in JobKind]: Planned<K> }[JobKind];

/**
 * @param planned  whatever comes before another stands before it
 * @param before  jobs that stand before them in the list
 * @returns the whole list
 */
export function jobsOf(
  planned: readonly PlannedJob[],
  parts: Pick<JobParts<JobKind>, 'roots' | 'launcher' | 'cluster' | 'window'>,
  before: readonly AnyJob[] = [],
): AnyJob[] {
  const jobs: AnyJob[] = [...before];
  for (const { kind, request, resources, after: places = [] } of planned) {
    const after = places.map((place): After => ({ id: jobs[place]!.id, is: 'done' }));
    jobs.push(newJob({ kind, title: jobTitle(kind, request), request, resources, after, ...parts }) as AnyJob);
  }
  return jobs;
}
