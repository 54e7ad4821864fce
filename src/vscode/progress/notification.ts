/** The notification of what was just started: stage, epoch, Dice, time left, Cancel and Show Log; and the one at the end. */
import * as vscode from 'vscode';
import { progressLine } from '../../runs/describe';
import { foldFolder } from '../../runs/runFolder';
import type { KnownRun } from '../tasks/runWatcher';
import { errorText } from '../messages';
import { notify, type Report, withProgress } from '../notify';
import type { Services, StartedRuns } from '../services';
import { endNotice, runTitle } from './runList';

const { t } = vscode.l10n;
const memory = 'nnunet.startedHere';

export function registerNotifications(services: Services): vscode.Disposable {
  const mine = new StartedHere(services.context.workspaceState);
  const { runs } = services;
  const tellEnd = (run: KnownRun): void => {
    if (mine.has(run.folder)) {
      void mine.remove(run.folder);
      void showEnd(services, run);
    }
  };
  const subscription = vscode.Disposable.from(
    runs.onDidStart((started) => {
      void mine.add([...started.started, ...started.queued]);
      if (!started.isQuiet) void showProgress(services, started);
    }),
    runs.onDidEnd(tellEnd),
  );
  if (mine.size > 0) void tellWhatEndedMeanwhile(services, mine, tellEnd);
  return subscription;
}

/** Trainings of this workspace, over reloads of the window: their end is told once. */
class StartedHere {
  private readonly folders: Set<string>;

  constructor(private readonly state: vscode.Memento) {
    this.folders = new Set(state.get<string[]>(memory) ?? []);
  }

  get size(): number {
    return this.folders.size;
  }

  has(folder: string): boolean {
    return this.folders.has(folder);
  }

  add(folders: readonly string[]): Thenable<void> {
    for (const folder of folders) this.folders.add(folder);
    return this.save();
  }

  remove(folder: string): Thenable<void> {
    this.folders.delete(folder);
    return this.save();
  }

  [Symbol.iterator](): Iterator<string> {
    return [...this.folders][Symbol.iterator]();
  }

  private save(): Thenable<void> {
    return this.state.update(memory, [...this.folders]);
  }
}

async function tellWhatEndedMeanwhile(
  { runs, output }: Services,
  mine: StartedHere,
  tellEnd: (run: KnownRun) => void,
): Promise<void> {
  try {
    await runs.refresh();
  } catch (error) {
    output.warn(errorText(error));
    return;
  }
  for (const folder of mine) {
    const run = runs.get(folder);
    const isWaiting = runs.queue.some(({ request }) => foldFolder(request) === folder);
    if (run && run.status.state !== 'running') tellEnd(run);
    else if (!run && !isWaiting) await mine.remove(folder);
  }
}

async function showProgress(services: Services, { started, queued }: StartedRuns): Promise<void> {
  const folders = [...started, ...queued];
  const { runs } = services;
  for (const [index, folder] of folders.entries()) {
    const title = (): string => {
      const run = runs.get(folder);
      const place = folders.length > 1 ? ` (${index + 1}/${folders.length})` : '';
      return `${run ? runTitle(run) : 'nnU-Net'}${place}`;
    };
    const wasCancelled = await withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        cancellable: true,
        title: title(),
        link: { text: t('Show Log'), command: 'nnunet.showLog', parameters: [folder] },
      },
      (progress, token) => untilEnded(services, folder, progress, token),
    );
    if (wasCancelled) return;
  }
}

/** @returns whether the person cancelled it */
function untilEnded(
  { runs, output }: Services,
  folder: string,
  progress: Report,
  token: vscode.CancellationToken,
): Promise<boolean> {
  return new Promise((resolve) => {
    const subscriptions: vscode.Disposable[] = [];
    let shown = 0;
    let isChecking = false;
    const end = (wasCancelled: boolean): void => {
      for (const one of subscriptions) one.dispose();
      resolve(wasCancelled);
    };
    const show = (): boolean => {
      const run = runs.get(folder);
      if (run?.status.state === 'running') {
        const { epoch, epochs } = run.status;
        const percent = epoch !== undefined && epochs ? (epoch / epochs) * 100 : 0;
        progress.report({ message: progressLine(run.status), increment: Math.max(0, percent - shown) });
        shown = Math.max(shown, percent);
        return true;
      }
      if (!runs.queue.some(({ request }) => foldFolder(request) === folder)) return false;
      progress.report({ message: t('Waiting for its turn') });
      return true;
    };
    const look = async (): Promise<void> => {
      if (show() || isChecking) return;
      // It left the queue: it may have begun without our having seen it yet.
      isChecking = true;
      await runs.refresh().catch((error: unknown) => output.warn(errorText(error)));
      isChecking = false;
      if (!show()) end(false);
    };
    subscriptions.push(
      runs.onDidChange(() => void look()),
      token.onCancellationRequested(() => {
        cancel(runs, folder);
        end(true);
      }),
    );
    void look();
  });
}

/** What was learned is worth a validation; before the first epoch there is nothing to validate. */
function cancel(runs: Services['runs'], folder: string): void {
  const waiting = runs.queue.filter(({ request }) => foldFolder(request) === folder);
  if (waiting.length > 0) {
    void runs.removeFromQueue(waiting.map(({ id }) => id));
    return;
  }
  const status = runs.get(folder)?.status;
  try {
    runs.stop(folder, { validate: status?.stage === 'train' && (status.epoch ?? 0) > 0 });
  } catch {
    // It ended in the meantime.
  }
}

async function showEnd(services: Services, run: KnownRun): Promise<void> {
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
