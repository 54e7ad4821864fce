/** Asks for a job again that did not end well: as it was; a training goes on from its last checkpoint. */
import { RunError } from '../method/errors';
import type { AnyJob } from './job';
import { newJob } from './jobFolder';
import type { RunState } from './status';

interface Ended {
  title: string;
  folder: string;
  /** What was asked for, where that can be read. */
  job?: AnyJob;
  state: RunState | undefined;
}

/** @throws RunError `job-not-failed`, `job-unknown` */
export function again({ title, folder, job, state }: Ended): AnyJob {
  if (state === 'running' || state === 'finished') {
    throw new RunError('job-not-failed', `"${title}" ${state === 'running' ? 'is running' : 'has ended well'}`, {
      where: folder,
      hint: state === 'running' ? 'End it first with "nnunet stop".' : 'Give the command anew to run it again.',
    });
  }
  if (!job) {
    throw new RunError('job-unknown', `What "${title}" was asked for is not known any more`, {
      where: folder,
      hint: 'Give the command anew; a training is continued with "nnunet train … --resume".',
    });
  }
  const { kind, roots, resources, launcher, cluster } = job;
  const parts = { title, roots, resources, launcher, cluster };
  if (job.kind !== 'train') return newJob({ kind, request: job.request, ...parts }) as AnyJob;
  const options = { ...job.request.options, resume: true, pretrained: undefined, from: undefined };
  return newJob({ kind: 'train', request: { ...job.request, options }, ...parts });
}
