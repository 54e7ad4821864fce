import { takeOff } from '../../jobs/takeOff';
import type { Command } from '../command';
import { findJobHere } from '../findJobHere';
import { notWaiting } from '../notWaiting';
import { localStarter } from '../localStarter';

export const removeCommand: Command = {
  name: 'remove',
  summary: 'take jobs off the list that have not begun',
  description:
    'What waits, or could not be started, is forgotten. Nothing that has begun is touched: "nnunet stop" ends that.',
  arguments: [{ name: 'JOB', description: 'its id as "nnunet jobs" shows it' }],
  options: [],
  examples: [{ command: 'nnunet remove 3fa2c1', explains: 'it will not be started' }],
  async run(parsed, { output }) {
    const { found, resultsRoot } = await findJobHere(parsed);
    const removed = await takeOff(resultsRoot, [found.id], localStarter().launchers);
    if (removed.length === 0) throw notWaiting(found);
    output.line(`Took "${found.title}" off the list.`);
    output.result({ id: found.id, state: 'removed' });
  },
};
