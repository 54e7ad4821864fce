/** The notification of what was just started: stage, epoch, Dice, time left, and a way to stop it; and the one at the end. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { progressLine } from '../../runs/describe';
import { shareTrained } from '../../jobs/pace';
import type { KnownTraining } from '../../jobs/knownJob';
import { errorText, reportError } from '../messages';
import { notify, type Report, withProgress } from '../notify';
import { registerCommand } from '../registerCommand';
import type { Services, StartedRuns } from '../services';
import { askRemoval, askStop } from './askStop';
import { endNotice, runTitle } from './endNotice';

const memory = 'nnunet.startedHere';
/** Those among them that are parts of one work. */
const partsMemory = 'nnunet.partsStartedHere';
/** Only for the link in the notification. */
const hideCommand = 'nnunet.hideProgress';

export function registerNotifications(services: Services): vscode.Disposable {
  const mine = new StartedHere(services.context.workspaceState);
  const { runs } = services;
  const tellEnd = (run: KnownTraining): void => {
    if (mine.has(run.folder)) {
      const isUntold = mine.isPart(run.folder) && ['finished', 'stopped'].includes(run.status.state);
      inBackground(mine.remove(run.folder), remembering);
      if (isUntold) return;
      inBackground(showEnd(services, run), runTitle(run.training), { isAskedFor: true });
    }
  };
  const hidden = new vscode.EventEmitter<string>();
  const subscription = vscode.Disposable.from(
    hidden,
    registerCommand(services.output, hideCommand, t('Hide'), (folder: string) => hidden.fire(folder)),
    runs.onDidStart((started) => {
      inBackground(mine.add([...started.started, ...started.queued], started.areParts), remembering);
      if (!started.isQuiet) inBackground(showProgress(services, started, hidden.event), t('Showing the progress'));
    }),
    runs.onDidEnd(tellEnd),
  );
  if (mine.size > 0) inBackground(tellWhatEndedMeanwhile(services, mine, tellEnd), 'Looking for ended trainings');
  return subscription;
}

const remembering = 'Remembering what was started here';

/** Trainings of this workspace, over reloads of the window: their end is told once. */
class StartedHere {
  private readonly folders: Set<string>;
  private readonly parts: Set<string>;

  constructor(private readonly state: vscode.Memento) {
    this.folders = new Set(state.get<string[]>(memory) ?? []);
    this.parts = new Set(state.get<string[]>(partsMemory) ?? []);
  }

  get size(): number {
    return this.folders.size;
  }

  has(folder: string): boolean {
    return this.folders.has(folder);
  }

  isPart(folder: string): boolean {
    return this.parts.has(folder);
  }

  add(folders: readonly string[], areParts = false): Thenable<void> {
    for (const folder of folders) {
      this.folders.add(folder);
      if (areParts) this.parts.add(folder);
      else this.parts.delete(folder);
    }
    return this.save();
  }

  remove(folder: string): Thenable<void> {
    this.folders.delete(folder);
    this.parts.delete(folder);
    return this.save();
  }

  [Symbol.iterator](): Iterator<string> {
    return [...this.folders][Symbol.iterator]();
  }

  private async save(): Promise<void> {
    await this.state.update(memory, [...this.folders]);
    await this.state.update(partsMemory, [...this.parts]);
  }
}

async function tellWhatEndedMeanwhile(
  { runs, output }: Services,
  mine: StartedHere,
  tellEnd: (run: KnownTraining) => void,
): Promise<void> {
  try {
    await runs.refresh();
  } catch (error) {
    output.warn(errorText(error));
    return;
  }
  for (const folder of mine) {
    const run = runs.get(folder);
    if (run && run.status.state !== 'running') tellEnd(run);
    else if (!run && !isWaiting(runs, folder)) await mine.remove(folder);
  }
}

/** One training after the other, until each has ended or the person has seen enough of them. */
async function showProgress(services: Services, { started, queued }: StartedRuns, hidden: vscode.Event<string>) {
  const folders = [...started, ...queued];
  for (const [index, folder] of folders.entries()) {
    const place = folders.length > 1 ? ` (${index + 1}/${folders.length})` : '';
    let left = await showOne(services, folder, place, hidden);
    while (left === 'asked') {
      await askToEnd(services, folder);
      left = await showOne(services, folder, place, hidden);
    }
    if (left === 'hidden') return;
  }
}

/** Why a notification has gone: the training ended; somebody wants to end it, or to see it no more. */
type Left = 'ended' | 'asked' | 'hidden';

async function showOne(services: Services, folder: string, place: string, hidden: vscode.Event<string>): Promise<Left> {
  const run = services.runs.get(folder);
  return withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: t('Stop Training…'),
      title: `${run ? runTitle(run.training) : 'nnU-Net'}${place}`,
      links: [
        { text: t('Show Log'), command: 'nnunet.showLog', parameters: [folder] },
        { text: t('Hide'), command: hideCommand, parameters: [folder] },
      ],
    },
    (progress, token) => untilLeft(services, folder, progress, token, hidden),
  );
}

function untilLeft(
  { runs, output }: Services,
  folder: string,
  progress: Report,
  token: vscode.CancellationToken,
  hidden: vscode.Event<string>,
): Promise<Left> {
  return new Promise((resolve) => {
    const subscriptions: vscode.Disposable[] = [];
    let shown = 0;
    let isChecking = false;
    const leave = (why: Left): void => {
      for (const one of subscriptions) one.dispose();
      resolve(why);
    };
    const show = (): boolean => {
      const run = runs.get(folder);
      if (run?.status.state === 'running') {
        const percent = 100 * (shareTrained(run.status) ?? 0);
        progress.report({ message: progressLine(run.status), increment: Math.max(0, percent - shown) });
        shown = Math.max(shown, percent);
        return true;
      }
      if (!isWaiting(runs, folder)) return false;
      progress.report({ message: t('Waiting for its turn') });
      return true;
    };
    const look = async (): Promise<void> => {
      if (show() || isChecking) return;
      // It left the queue: it may have begun without our having seen it yet.
      isChecking = true;
      await runs.refresh().catch((error: unknown) => output.warn(errorText(error)));
      isChecking = false;
      if (!show()) leave('ended');
    };
    const lookSoon = (): void => inBackground(look(), 'Looking at the queue');
    subscriptions.push(
      runs.onDidChange(lookSoon),
      hidden((one) => {
        if (one === folder) leave('hidden');
      }),
      token.onCancellationRequested(() => leave('asked')),
    );
    lookSoon();
  });
}

async function askToEnd(services: Services, folder: string): Promise<void> {
  try {
    if (isWaiting(services.runs, folder)) await askRemoval(services, folder);
    else await askStop(services, [folder]);
  } catch (error) {
    reportError(services.output, t('Stop Training'), error);
  }
}

function isWaiting({ queue }: Services['runs'], folder: string): boolean {
  return queue.some((one) => one.folder === folder);
}

async function showEnd(services: Services, run: KnownTraining): Promise<void> {
  const { severity, actions, text } = endNotice(run);
  const titles: Record<(typeof actions)[number], string> = {
    'nnunet.showWorstCase': t('Show Worst Case'),
    'nnunet.showCurves': t('Show Loss Curves'),
    'nnunet.showLog': t('Show Log'),
    'nnunet.resumeTraining': t('Resume'),
  };
  services.output.info(text);
  const choice = await notify(severity, text, ...actions.map((id) => titles[id]));
  const command = actions.find((id) => titles[id] === choice);
  if (command)
    await vscode.commands.executeCommand(command, command === 'nnunet.showCurves' ? [run.folder] : run.folder);
}
