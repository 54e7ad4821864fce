/** Which jobs are handed in together, and in which order? Folds of one training become an array; what comes later comes later. Pure. */
import type { AnyJob } from '../job';
import type { ClusterSettings } from './settings';

export interface Batch {
  jobs: AnyJob[];
  settings: ClusterSettings;
}

/** Each in a batch after those of the jobs that it waits for. What waits for each other in a circle comes last, as it is. */
export function batchesOf(jobs: readonly AnyJob[], settingsOf: (job: AnyJob) => ClusterSettings): Batch[] {
  const batches: Batch[] = [];
  let left = [...jobs];
  while (left.length > 0) {
    const ids = new Set(left.map(({ id }) => id));
    const free = left.filter(({ after }) => !after.some(({ id }) => ids.has(id)));
    const round = free.length > 0 ? free : left;
    batches.push(...inArrays(round, settingsOf));
    left = left.filter((job) => !round.includes(job));
  }
  return batches;
}

function inArrays(jobs: readonly AnyJob[], settingsOf: (job: AnyJob) => ClusterSettings): Batch[] {
  const batches = new Map<string, Batch>();
  for (const job of jobs) {
    const settings = settingsOf(job);
    // What a batch has in common: its script, and what it waits for.
    const { dataset, configuration, plans, trainer } =
      job.kind === 'train' ? job.request : { ...noTraining, dataset: job.id };
    const key = JSON.stringify([settings, job.after, job.resources, dataset, configuration, plans, trainer]);
    const batch = batches.get(key) ?? { jobs: [], settings };
    batches.set(key, batch);
    batch.jobs.push(job);
  }
  return [...batches.values()];
}

/** Only folds have so much in common. */
const noTraining = { configuration: '', plans: '', trainer: '' };
