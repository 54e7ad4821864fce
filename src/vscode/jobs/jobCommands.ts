/** The commands that a job takes, whichever kind it is of: stop, try again, its place in the list, its log, its result, its command. */
import { t } from '@vscode/l10n';
import * as fs from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commandLine } from '../../jobs/commandLine';
import type { AnyJob } from '../../jobs/job';
import type { KnownJob } from '../../jobs/knownJob';
import { offer } from '../messages';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { followInTerminal } from '../tasks';
import { folderOf, pickJob, pickJobs, type GivenJobs, type JobArgument } from '../tasks/pickJob';
import { askStop } from '../progress/askStop';
import { openResult } from './openResult';
import { pickWaiting, waitingOf } from './pickWaiting';

export function registerJobCommands(services: Services): vscode.Disposable {
  const { runs, output } = services;
  const register = (id: string, what: string, action: (...given: GivenJobs) => unknown): vscode.Disposable =>
    registerCommand(output, id, what, action as (...args: unknown[]) => unknown);
  /** Those that wait, of what was clicked and selected; asked where nothing was. */
  const onWaiting = (id: string, what: string, action: (ids: string[]) => unknown): vscode.Disposable =>
    register(id, what, async (...given) => action((await pickWaiting(services, what, given)).map(({ job }) => job.id)));
  return vscode.Disposable.from(
    register('nnunet.stopJob', t('Stop Job'), (...given) => stop(services, given)),
    register('nnunet.retryJob', t('Try Again'), (...given) => retry(services, given)),
    register('nnunet.showLog', t('Show Log'), (argument) => showLog(services, argument)),
    register('nnunet.showResult', t('Open Result'), (argument) => showResult(services, argument)),
    register('nnunet.copyCommand', t('Copy Command'), (argument) => copyCommand(services, argument)),
    onWaiting('nnunet.moveQueuedUp', t('Move Earlier'), (ids) => move(services, ids, -1)),
    onWaiting('nnunet.moveQueuedDown', t('Move Later'), (ids) => move(services, ids, 1)),
    onWaiting('nnunet.removeQueued', t('Remove from List'), (ids) => runs.removeFromQueue(ids)),
    register('nnunet.refreshRuns', t('Refresh'), () => runs.refresh()),
  );
}

async function stop(services: Services, given: GivenJobs): Promise<void> {
  const folders = await pickJobs(services, given, {
    title: t('Stop Job'),
    states: ['running'],
    none: t('No job is running.'),
  });
  await askStop(services, folders);
}

/** Those that wait and could not start, and those that ended badly; a training goes on from its last checkpoint. */
async function retry(services: Services, given: GivenJobs): Promise<void> {
  const { runs } = services;
  const waiting = given.map((one) => waitingOf(one)).find((one) => one !== undefined);
  if (waiting) return runs.retryInQueue(waiting.job.id);
  const folder = await pickJob(services, given[0], {
    title: t('Try Again'),
    states: ['failed', 'stopped', 'interrupted'],
    none: t('No job has failed, was stopped or interrupted.'),
  });
  const job = folder === undefined ? undefined : runs.job(folder);
  if (!job) return;
  if (job.training) await vscode.commands.executeCommand('nnunet.resumeTraining', job.folder);
  else await runs.retry(job);
}

/** Several keep their order. */
async function move({ runs }: Services, ids: readonly string[], places: number): Promise<void> {
  for (const id of places < 0 ? ids : [...ids].reverse()) await runs.moveInQueue(id, places);
}

/** The readable course of the job in a terminal; after a failure also what its programs printed. */
async function showLog(services: Services, argument: JobArgument): Promise<void> {
  const folder = await pickJob(services, argument, {
    title: t('Show Log'),
    states: ['running', 'finished', 'stopped', 'failed', 'interrupted'],
    none: t('There are no jobs yet.'),
  });
  if (folder === undefined) return;
  followInTerminal(services, folder);
  const job = services.runs.look(folder);
  if (job?.status.state !== 'failed' && job?.status.state !== 'interrupted') return;
  const printed = join(folder, job.kind === 'train' ? 'core.log' : 'log.txt');
  const hasLog = (fs.statSync(printed, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (hasLog) await vscode.window.showTextDocument(vscode.Uri.file(printed), { preview: true });
}

async function showResult(services: Services, argument: JobArgument): Promise<void> {
  const folder = await pickJob(services, argument, {
    title: t('Open Result'),
    states: ['finished'],
    isFit: ({ training, job }) => training !== undefined || job !== undefined,
    none: t('No job has ended well yet.'),
  });
  const job = folder === undefined ? undefined : services.runs.job(folder);
  if (job) await openResult(job);
}

async function copyCommand(services: Services, argument: JobArgument): Promise<void> {
  const waiting = waitingOf(argument);
  const job = waiting?.job ?? (await pickKnown(services, argument));
  if (!job) return;
  await vscode.env.clipboard.writeText(commandLine(job));
  offer('information', t('Copied: the command that does the same in a terminal.'));
}

async function pickKnown(services: Services, argument: JobArgument): Promise<AnyJob | undefined> {
  const isKnown = ({ job }: KnownJob): boolean => job !== undefined;
  const folder =
    folderOf(argument) ??
    (await pickJob(services, argument, {
      title: t('Copy Command'),
      states: ['running', 'finished', 'stopped', 'failed', 'interrupted'],
      isFit: isKnown,
      none: t('There are no jobs yet.'),
    }));
  return folder === undefined ? undefined : services.runs.job(folder)?.job;
}
