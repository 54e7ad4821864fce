/** Says in the terminal what a job waits for, each time that it is something else. */
import type { AnyJob, Job, JobKind, Waiting } from '../jobs/job';
import { titleOfJob } from '../jobs/waitForTurn';
import { waitingText } from '../runs/waitingWords';
import type { Output } from './output';

export function sayWaiting(
  resultsRoot: string,
  { title }: AnyJob | Job<JobKind>,
  output: Output,
): (why: Waiting) => void {
  let said = '';
  return (why) => {
    const text = waitingText(why, (id) => titleOfJob(resultsRoot, id));
    if (text !== said) output.note(`${title} ${text} … (Ctrl-C takes it off the list)`);
    said = text;
  };
}
