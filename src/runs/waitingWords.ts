/** Says what a job waits for: the same words in the terminal, in lists and in VS Code. */
import type { Waiting } from '../jobs/job';
import { gigabytes } from '../pipeline/resources';

/** @param titleOf  of a job, by its id; "Train Hippocampus 2d, fold 0" */
export function waitingText(waiting: Waiting, titleOf: (id: string) => string): string {
  switch (waiting.for) {
    case 'jobs':
      return `waits for ${titles(waiting.ids, titleOf) || 'what runs in its folder'} to end`;
    case 'device':
      return `waits for ${waiting.device === 'auto' ? 'a device' : waiting.device}${takenBy(waiting.ids, titleOf)}`;
    case 'memory':
    case 'disk':
      return `waits for ${waiting.for === 'disk' ? 'disk space' : 'memory'}: it needs about ${gigabytes(waiting.neededBytes)}, and ${gigabytes(waiting.freeBytes)} are left beside what runs`;
    case 'host':
      return `waits for ${waiting.host}, the machine where it was asked for`;
    case 'scheduler':
      return `waits in the cluster's queue (${waiting.reason})`;
    case 'turn':
      return 'waits for its turn';
  }
}

/** Why it is in the list and goes no further: most could not even be started. */
export function failureText({ code, message }: { code: string; message: string }): string {
  return code === 'job-lost' || code === 'cluster-ended' ? message : `could not start: ${message}`;
}

function takenBy(ids: readonly string[], titleOf: (id: string) => string): string {
  return ids.length === 0 ? ', which is taken' : `, which is taken by ${titles(ids, titleOf)}`;
}

function titles(ids: readonly string[], titleOf: (id: string) => string): string {
  if (ids.length === 0) return '';
  const first = `"${titleOf(ids[0]!)}"`;
  return ids.length === 1 ? first : `${first} and ${ids.length - 1} more`;
}
