import { moveWaiting } from '../../jobs/waiting';
import { UsageError } from '../../method/errors';
import type { Command } from '../command';
import { findJobHere } from '../findJobHere';
import { notWaiting } from '../notWaiting';

const directions = { up: -1, down: 1, first: -Infinity, last: Infinity } as const;
const names = Object.keys(directions) as (keyof typeof directions)[];

export const moveCommand: Command = {
  name: 'move',
  summary: 'change the order of what waits',
  description:
    'Jobs start in the order of the list that "nnunet jobs" shows, as soon as the device and the memory that they need are free.',
  arguments: [{ name: 'JOB', description: 'its id as "nnunet jobs" shows it' }],
  options: [
    { name: 'up', kind: 'flag', description: 'one place earlier' },
    { name: 'down', kind: 'flag', description: 'one place later' },
    { name: 'first', kind: 'flag', description: 'before all others' },
    { name: 'last', kind: 'flag', description: 'behind all others' },
  ],
  examples: [{ command: 'nnunet move 3fa2c1 --first', explains: 'it is the next to start' }],
  async run(parsed, { output }) {
    const given = names.filter((name) => parsed.flag(name));
    if (given.length !== 1) {
      const what = given.length === 0 ? 'It is not said where to' : `--${given.join(' and --')} were both given`;
      throw new UsageError('conflicting-options', what, { hint: 'Give one of --up, --down, --first and --last.' });
    }
    const { found, resultsRoot } = await findJobHere(parsed);
    const place = await moveWaiting(resultsRoot, found.id, directions[given[0]!]);
    if (place === undefined) throw notWaiting(found);
    output.line(`"${found.title}" is number ${place + 1} in the list.`);
    output.result({ id: found.id, place: place + 1 });
  },
};
