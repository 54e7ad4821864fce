/** What is said where a job is meant to be in the list and is not. */
import type { FoundJob } from '../jobs/findJob';
import { runStatus } from '../jobs/jobLog';
import { RunError } from '../method/errors';

export function notWaiting({ title, folder }: FoundJob): RunError {
  const state = runStatus(folder)?.state;
  return new RunError(
    'job-not-waiting',
    `"${title}" does not wait: it ${state === 'running' ? 'is running' : 'has ended'}`,
    {
      where: folder,
      hint: state === 'running' ? 'End it with "nnunet stop".' : 'There is nothing to do.',
    },
  );
}
