/** Under which of the others does a job that waits stand? Under the last one that it waits for: before that it cannot begin. */
import type { WaitingJob } from '../../jobs/waiting';

export function withoutParent(all: readonly WaitingJob[]): WaitingJob[] {
  const parents = parentsOf(all);
  return all.filter(({ job }) => !parents.has(job.id));
}

export function childrenOf({ job }: WaitingJob, all: readonly WaitingJob[]): WaitingJob[] {
  const parents = parentsOf(all);
  return all.filter((one) => parents.get(one.job.id) === job.id);
}

/** By the id of each that has one. */
function parentsOf(all: readonly WaitingJob[]): Map<string, string> {
  const parents = new Map<string, string>();
  for (const { job } of all) {
    const before = new Set(job.after.map(({ id }) => id));
    const last = all.findLast((other) => before.has(other.job.id));
    if (last) parents.set(job.id, last.job.id);
  }
  // A list that was written by hand may go round: nothing may vanish from it.
  for (const { job } of all) if (reaches(job.id, parents)) parents.delete(job.id);
  return parents;
}

/** Whether the way up from a job leads back to it. */
function reaches(id: string, parents: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>();
  for (let above = parents.get(id); above !== undefined && !seen.has(above); above = parents.get(above)) {
    if (above === id) return true;
    seen.add(above);
  }
  return false;
}
