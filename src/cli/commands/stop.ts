import { setTimeout as sleep } from 'node:timers/promises';
import { takeOver } from '../../dataset/foldLock';
import { requestStop } from '../../jobs/control';
import type { FoundJob } from '../../jobs/findJob';
import { runStatus } from '../../jobs/jobLog';
import { killJob } from '../../jobs/killJob';
import { takeOff } from '../../jobs/takeOff';
import { UsageError } from '../../method/errors';
import type { Command } from '../command';
import { findJobHere } from '../findJobHere';
import type { Output } from '../output';
import type { ParsedArguments } from '../parsedArguments';
import { localStarter } from '../localStarter';

export const stopCommand: Command = {
  name: 'stop',
  summary: 'end a job early and keep what it has done, or take it off the list',
  description:
    'Asks a running job to end. A training finishes the current iteration, saves checkpoint_final and validates; "nnunet train … --resume" continues it later. Asked a second time while it validates, it ends without a validation. Works from any machine that shares the folder. A job that still waits is taken off the list.',
  arguments: [{ name: 'JOB', description: 'its id as "nnunet jobs" shows it, or a training\'s fold folder' }],
  options: [
    { name: 'no-validation', kind: 'flag', description: 'end without validating' },
    { name: 'after-epoch', kind: 'flag', description: 'a training: go on to the end of the epoch that it is at' },
    {
      name: 'kill',
      kind: 'flag',
      description: 'end the processes at once; what was learned since the last checkpoint is lost',
    },
    {
      name: 'take-over',
      kind: 'flag',
      description:
        'free the folder of a job whose machine does not come back: waits for a sign of life, two minutes at most, and does nothing where there is one',
    },
    { name: 'wait', kind: 'flag', description: 'return only when the job has ended' },
  ],
  examples: [
    { command: 'nnunet stop 3fa2c1', explains: 'stops the job with this id' },
    { command: 'nnunet stop 3fa2c1 --no-validation --wait', explains: 'stops it as fast as it can be stopped cleanly' },
    { command: 'nnunet stop 3fa2c1 --take-over', explains: 'when the machine that trained it is gone for good' },
  ],
  async run(parsed, { output, signal }) {
    const { found, resultsRoot } = await findJobHere(parsed);
    if (found.waiting || found.isDamaged) {
      if ((await takeOff(resultsRoot, [found.id], localStarter().launchers)).length > 0) {
        output.line(`Took "${found.title}" off the list: it had not begun.`);
        output.result({ id: found.id, folder: found.folder, state: 'removed' });
        return;
      }
      // It began in the same instant.
    }
    if (parsed.flag('take-over')) await freeFolder(found, output);
    else if (parsed.flag('kill')) await kill(found, resultsRoot, output);
    else askToEnd(found, parsed, output);
    if (parsed.flag('wait') || parsed.flag('kill')) {
      while (runStatus(found.folder)?.state === 'running') await sleep(200, undefined, { signal });
      output.line(`It has ended: ${runStatus(found.folder)?.state}.`);
    }
    output.result({ folder: found.folder, state: runStatus(found.folder)?.state });
  },
};

async function kill({ folder, job, title }: FoundJob, resultsRoot: string, output: Output): Promise<void> {
  await killJob(resultsRoot, folder, localStarter().launchers);
  output.line(`Killed "${title}" (${folder}).${isTraining(job) ? ' Continue it with "nnunet train … --resume".' : ''}`);
}

function isTraining(job: FoundJob['job']): boolean {
  return job === undefined || job.kind === 'train';
}

function askToEnd({ folder, job, title }: FoundJob, parsed: ParsedArguments, output: Output): void {
  const validates = !parsed.flag('no-validation');
  const isAfterEpoch = isTraining(job) && parsed.flag('after-epoch');
  if (isAfterEpoch && !validates) {
    throw new UsageError('conflicting-options', '--after-epoch and --no-validation were both given', {
      hint: 'Give one of them: after an epoch the training validates.',
    });
  }
  requestStop(folder, { validate: validates, isAfterEpoch });
  const what = isTraining(job)
    ? `it finishes the current ${isAfterEpoch ? 'epoch' : 'iteration'}, saves its weights, ${validates ? 'validates and ends' : 'and ends'}`
    : 'it ends as soon as it can and leaves nothing half-written';
  output.line(`Asked "${title}" to stop: ${what} (${folder}).`);
}

async function freeFolder({ folder, title }: FoundJob, output: Output): Promise<void> {
  const holder = await takeOver(folder, {
    onWait: ({ pid, host }) =>
      output.note(`Process ${pid} on ${host} holds "${title}". Waiting for a sign of life, two minutes at most …`),
  });
  if (!holder) {
    output.line(`Nothing holds the folder of "${title}": it is free (${folder}).`);
    return;
  }
  output.line(
    `${holder.host} gave no sign of life: the folder of "${title}" is free. What was saved there stays; should ${holder.host} come back, its process sees that and ends (${folder}).`,
  );
}
