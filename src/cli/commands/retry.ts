import { again } from '../../jobs/again';
import { runStatus } from '../../jobs/jobLog';
import { advance } from '../../jobs/advance';
import { submitJobs } from '../../jobs/submit';
import { retryWaiting } from '../../jobs/waiting';
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
      const job = again({ ...found, state: runStatus(found.folder)?.state });
      id = job.id;
      await submitJobs(resultsRoot, [job], starter);
    }
    const place = await tellPlace(resultsRoot, { id, title: found.title }, starter, output);
    output.result({ id, folder: found.folder, ...place });
    return place.state === 'failed' ? 1 : 0;
  },
};
