import { killRun, requestStop } from '../../jobs/control';
import { resolveRun } from '../../jobs/list';
import { runStatus } from '../../jobs/jobLog';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../command';
import { rootsFor } from '../roots';

export const stopCommand: Command = {
  name: 'stop',
  summary: 'end a training early and keep what it has learned',
  description:
    'Asks a running training to end: it finishes the current iteration, saves checkpoint_final and validates. Works from any machine that shares the folder. "nnunet train … --resume" continues it later. Asked a second time while it validates, it ends without a validation.',
  arguments: [{ name: 'RUN', description: 'the run\'s id as "nnunet runs" shows it, or its fold folder' }],
  options: [
    { name: 'no-validation', kind: 'flag', description: 'end without validating' },
    {
      name: 'kill',
      kind: 'flag',
      description: 'end the processes at once; what was learned since the last checkpoint is lost',
    },
    { name: 'wait', kind: 'flag', description: 'return only when the run has ended' },
  ],
  examples: [
    { command: 'nnunet stop 3fa2c1', explains: 'stops the run with this id' },
    { command: 'nnunet stop 3fa2c1 --no-validation --wait', explains: 'stops it as fast as it can be stopped cleanly' },
  ],
  async run(parsed, { output, signal }) {
    const folder = resolveRun(parsed.positionals[0]!, rootsFor(parsed).results);
    if (parsed.flag('kill')) {
      killRun(folder);
      output.line(`Killed the run in ${folder}. Continue it with "nnunet train … --resume".`);
    } else {
      requestStop(folder, { validate: !parsed.flag('no-validation') });
      const what = parsed.flag('no-validation')
        ? 'saves its weights and ends'
        : 'saves its weights, validates and ends';
      output.line(`Asked the run to stop: it finishes the current iteration, ${what} (${folder}).`);
    }
    if (parsed.flag('wait') || parsed.flag('kill')) {
      while (runStatus(folder)?.state === 'running') await sleep(200, undefined, { signal });
      output.line(`The run has ended: ${runStatus(folder)?.state}.`);
    }
    output.result({ folder, state: runStatus(folder)?.state });
  },
};
