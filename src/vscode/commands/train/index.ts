/** The commands around trainings: start, resume, extend, worst case. What every job takes is in jobs/jobCommands.ts. */
import { t } from '@vscode/l10n';
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import { foldPaths } from '../../../dataset/results';
import { counted } from '../../../words/counted';
import { RunError } from '../../../method/errors';
import type { RunRequest } from '../../../jobs/runFolder';
import { openScored } from '../../evaluation/openScored';
import { registerCommand } from '../../registerCommand';
import type { Services } from '../../services';
import type { DatasetArgument } from '../../explorer/pick';
import { askJob, askJobs, folderOf, pickJob, type GivenJobs, type JobArgument } from '../../tasks/pickJob';
import { line } from '../../wizard/line';
import { askThen } from '../../wizard/questions';
import type { Question } from '../../wizard/walk';
import { askCheckpoint } from './askCheckpoint';
import { requireRecord } from './recordOf';
import { trainAgain } from './trainAgain';
import { startRequests, train } from './trainCommand';
import { parseLength, resumeRequest } from '../../../runs/trainingChoices';

export function registerTraining(services: Services): vscode.Disposable {
  const commands: Record<string, [what: string, action: (...args: never[]) => unknown]> = {
    'nnunet.train': [t('Train nnU-Net'), (argument?: DatasetArgument) => train(services, argument)],
    'nnunet.resumeTraining': [t('Resume Training'), (...runs: GivenJobs) => resume(services, ...runs)],
    'nnunet.extendTraining': [t('Extend Training'), (argument?: JobArgument) => extend(services, argument)],
    'nnunet.trainAgain': [
      t('Train Again with the New Cases'),
      (argument?: JobArgument) => trainAgain(services, argument),
    ],
    'nnunet.showWorstCase': [t('Show Worst Case'), (argument?: JobArgument) => showWorstCase(services, argument)],
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, [what, action]]) =>
      registerCommand(services.output, id, what, action as (...args: unknown[]) => unknown),
    ),
  );
}

async function resume(services: Services, ...given: GivenJobs): Promise<void> {
  const title = t('Resume Training');
  await askThen(
    { id: `nnunet.resumeTraining ${placesOf(given)}`, title },
    async (asker) => {
      const requests: RunRequest[] = [];
      const folders = await askJobs(services, asker, given, {
        title,
        isOfTrainings: true,
        states: ['interrupted', 'stopped', 'failed'],
        none: t('No training was stopped or interrupted.'),
      });
      for (const folder of folders) {
        const checkpoint = await askCheckpoint(asker, folder);
        requests.push(resumeRequest(requireRecord(services, folder), undefined, checkpoint));
      }
      return requests;
    },
    (requests) => (requests.length > 0 ? startRequests(services, requests) : Promise.resolve([])),
  );
}

async function extend(services: Services, argument: JobArgument): Promise<void> {
  const title = t('Extend Training');
  await askThen(
    { id: `nnunet.extendTraining ${placesOf([argument])}`, title, steps: folderOf(argument) === undefined ? 2 : 1 },
    async (asker) => {
      const folder = await askJob(services, asker, argument, {
        isOfTrainings: true,
        states: ['finished', 'stopped', 'interrupted'],
        none: t('There is no training that could be extended.'),
      });
      const length = await asker.ask('length', lengthQuestion(services.runs.look(folder)?.status.epoch ?? 0));
      const checkpoint = await askCheckpoint(asker, folder);
      return resumeRequest(requireRecord(services, folder), parseLength(length), checkpoint);
    },
    (request) => startRequests(services, [request]),
  );
}

function placesOf(given: GivenJobs): string {
  const [clicked, selected = [clicked]] = given;
  return selected.map(folderOf).join(' ');
}

/** @param done  epochs */
function lengthQuestion(done: number): Question<string> {
  return line({
    prompt: t(
      'It has trained {0}. Up to which epoch (e.g. {1}), or for how much longer (e.g. 1h)?',
      counted(done, 'epoch'),
      done * 2,
    ),
    validate: (text) => {
      try {
        const length = parseLength(text);
        return 'epochs' in length && length.epochs <= done
          ? t('It has trained {0} already: give a larger number.', counted(done, 'epoch'))
          : undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
}

async function showWorstCase(services: Services, argument: JobArgument): Promise<void> {
  const folder = await pickJob(services, argument, {
    title: t('Show Worst Case'),
    isOfTrainings: true,
    states: ['finished', 'stopped', 'interrupted', 'failed'],
    isFit: ({ folder: one }) => fs.existsSync(foldPaths(one).summary),
    none: t('No training has been validated yet.'),
  });
  if (folder === undefined) return;
  const { validation, summary } = foldPaths(folder);
  if (!fs.existsSync(summary)) {
    throw new RunError('not-validated', 'This training has no validation', {
      where: folder,
      hint: 'Resume it and let it finish, or train a fold that leaves cases out.',
    });
  }
  await openScored(services, validation);
}
