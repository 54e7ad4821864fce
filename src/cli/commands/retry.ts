import type { FoundJob } from '../../jobs/findJob';
import type { AnyJob } from '../../jobs/job';
import { newJob } from '../../jobs/jobFolder';
import { runStatus } from '../../jobs/jobLog';
import { advance } from '../../jobs/advance';
import { submitJobs } from '../../jobs/submit';
import { retryWaiting } from '../../jobs/waiting';
import { RunError } from '../../method/errors';
import type { Command } from '../command';
import { findJobHere } from '../findJobHere';
import { localStarter } from '../localStarter';
import { tellPlace } from '../tellPlace';

export const retryCommand: Command = {
  name: 'retry',
  summary: 'run a job again that could not start, failed or was interrupted',
  description:
    'A job in the list that could not be started waits for its turn again, and so do those that failed because of it. One that was to start on another machine starts on this one. A job that failed, was stopped or interrupted is asked for again as it was; a training goes on from its last checkpoint.',
  arguments: [{ name: 'JOB', description: 'its id as "nnunet jobs" shows it, or a training\'s fold folder' }],
  options: [],
  examples: [{ command: 'nnunet retry 3fa2c1', explains: 'once what was wrong is put right' }],
  async run(parsed, { output }) {
    const { found, resultsRoot } = await findJobHere(parsed);
    const starter = localStarter();
    let { id } = found;
    if (found.waiting) {
      await retryWaiting(resultsRoot, id);
      await advance(resultsRoot, starter);
    } else {
      const job = again(found);
      id = job.id;
      await submitJobs(resultsRoot, [job], starter);
    }
    const place = await tellPlace(resultsRoot, { id, title: found.title }, starter, output);
    output.result({ id, folder: found.folder, ...place });
    return place.state === 'failed' ? 1 : 0;
  },
};

/** @throws RunError `job-not-failed`, `job-unknown` */
function again({ title, folder, job }: FoundJob): AnyJob {
  const state = runStatus(folder)?.state;
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
  const { kind, roots, resources, launcher } = job;
  const parts = { title, roots, resources, launcher };
  if (job.kind !== 'train') return newJob({ kind, request: job.request, ...parts }) as AnyJob;
  const options = { ...job.request.options, resume: true, pretrained: undefined };
  return newJob({ kind: 'train', request: { ...job.request, options }, ...parts });
}
