/** The commands around trainings: start, stop, resume, extend, log, worst case, queue. */
import { t } from '@vscode/l10n';
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { foldPaths } from '../../../dataset/results';
import { counted } from '../../../words/counted';
import { RunError } from '../../../method/errors';
import { runStatus } from '../../../jobs/jobLog';
import { readRecord, type RunRecord, type RunRequest } from '../../../jobs/runFolder';
import { openScored } from '../../evaluation/openScored';
import { registerCommand } from '../../registerCommand';
import { askText } from '../../notify';
import { askStop } from '../../progress/askStop';
import type { Services } from '../../services';
import { followInTerminal } from '../../tasks';
import type { DatasetArgument } from '../../explorer/pick';
import { pickRun, pickRuns, type GivenRuns, type RunArgument } from '../../tasks/pickRun';
import { resumeFrom } from './resumeFrom';
import { startRequests, train } from './trainCommand';
import { parseLength, resumeRequest } from '../../../runs/trainingChoices';

export function registerTraining(services: Services): vscode.Disposable {
  const commands: Record<string, [what: string, action: (...args: never[]) => unknown]> = {
    'nnunet.train': [t('Train nnU-Net'), (argument?: DatasetArgument) => train(services, argument)],
    'nnunet.stopTraining': [t('Stop Training'), (...runs: GivenRuns) => stop(services, ...runs)],
    'nnunet.resumeTraining': [t('Resume Training'), (...runs: GivenRuns) => resume(services, ...runs)],
    'nnunet.extendTraining': [t('Extend Training'), (argument?: RunArgument) => extend(services, argument)],
    'nnunet.showLog': [t('Show Log'), (argument?: RunArgument) => showLog(services, argument)],
    'nnunet.followRun': [t('Follow Training'), (argument?: RunArgument) => follow(services, argument)],
    'nnunet.showWorstCase': [t('Show Worst Case'), (argument?: RunArgument) => showWorstCase(services, argument)],
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, [what, action]]) =>
      registerCommand(services.output, id, what, action as (...args: unknown[]) => unknown),
    ),
  );
}

async function stop(services: Services, ...given: GivenRuns): Promise<void> {
  const folders = await pickRuns(services, given, {
    title: t('Stop Training'),
    states: ['running'],
    none: t('No training is running.'),
  });
  await askStop(services, folders);
}

async function resume(services: Services, ...given: GivenRuns): Promise<void> {
  const folders = await pickRuns(services, given, {
    title: t('Resume Training'),
    states: ['interrupted', 'stopped', 'failed'],
    none: t('No training was stopped or interrupted.'),
  });
  if (folders.length === 0) return;
  const requests: RunRequest[] = [];
  for (const folder of folders) {
    const from = await resumeFrom(folder);
    if (!from) return;
    requests.push(resumeRequest(requireRecord(services, folder), undefined, from.checkpoint));
  }
  await startRequests(services, requests);
}

async function extend(services: Services, argument: RunArgument): Promise<void> {
  const folder = await pickRun(services, argument, {
    title: t('Extend Training'),
    states: ['finished', 'stopped', 'interrupted'],
    none: t('There is no training that could be extended.'),
  });
  if (folder === undefined) return;
  const done = runStatus(folder)?.epoch ?? 0;
  const text = await askText({
    title: t('Extend Training'),
    prompt: t(
      'It has trained {0}. Up to which epoch (e.g. {1}), or for how much longer (e.g. 1h)?',
      counted(done, 'epoch'),
      done * 2,
    ),
    ignoreFocusOut: true,
    validateInput: (value) => {
      try {
        const length = parseLength(value);
        return 'epochs' in length && length.epochs <= done
          ? t('It has trained {0} already: give a larger number.', counted(done, 'epoch'))
          : undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
  if (text === undefined) return;
  const from = await resumeFrom(folder);
  if (!from) return;
  await startRequests(services, [resumeRequest(requireRecord(services, folder), parseLength(text), from.checkpoint)]);
}

/** The request of an earlier start, with the folders where they lie now: results may have moved with their root. */
function requireRecord({ roots }: Services, folder: string): RunRecord {
  const record = readRecord(folder);
  if (!record) {
    throw new RunError('no-record', 'This fold was trained by another program, so its settings are not known', {
      where: folder,
      hint: 'Continue it with "nnunet train … --resume" on the command line.',
    });
  }
  if (fs.existsSync(record.folders.results) && join(folder, '..', '..') === record.folders.results) return record;
  const { raw, preprocessed } = roots();
  return {
    ...record,
    folders: {
      raw: join(raw, record.dataset),
      preprocessed: join(preprocessed, record.dataset),
      results: join(folder, '..', '..'),
    },
  };
}

async function follow(services: Services, argument: RunArgument): Promise<void> {
  const folder = await pickRun(services, argument, {
    title: t('Follow Training in Terminal'),
    states: ['running'],
    none: t('No training is running.'),
  });
  if (folder !== undefined) followInTerminal(services, folder);
}

/** The readable course of the run in a terminal; after a failure also what the engine said. */
async function showLog(services: Services, argument: RunArgument): Promise<void> {
  const folder = await pickRun(services, argument, {
    title: t('Show Log'),
    states: ['running', 'finished', 'stopped', 'failed', 'interrupted'],
    none: t('Nothing was trained yet.'),
  });
  if (folder === undefined) return;
  followInTerminal(services, folder);
  const { coreLog } = foldPaths(folder);
  const status = runStatus(folder);
  const hasLog = (fs.statSync(coreLog, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (hasLog && (status?.state === 'failed' || status?.state === 'interrupted')) {
    await vscode.window.showTextDocument(vscode.Uri.file(coreLog), { preview: true });
  }
}

async function showWorstCase(services: Services, argument: RunArgument): Promise<void> {
  const folder = await pickRun(services, argument, {
    title: t('Show Worst Case'),
    states: ['finished', 'stopped', 'interrupted', 'failed'],
    isFit: (one) => fs.existsSync(foldPaths(one).summary),
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
