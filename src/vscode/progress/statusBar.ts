/** One item in the status bar: how many trainings run and wait; behind it a list of them with their actions. */
import * as vscode from 'vscode';
import { notify } from '../notify';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { listLines, runLine, statusBarText, type Line } from './runList';

const { t } = vscode.l10n;

export function registerStatusBar(services: Services): vscode.Disposable {
  const { runs } = services;
  const item = vscode.window.createStatusBarItem('nnunet.runs', vscode.StatusBarAlignment.Left, 10);
  item.name = 'nnU-Net';
  item.command = 'nnunet.showRuns';
  const show = (): void => {
    const text = statusBarText(runs.runs, runs.queue);
    if (text === undefined) {
      item.hide();
      return;
    }
    item.text = text;
    const lines = runs.runs.filter(({ status }) => status.state === 'running').map(runLine);
    item.tooltip = lines.map(({ label, description }) => `${label}: ${description}`).join('\n') || text;
    item.accessibilityInformation = { label: text.replace(/\$\([^)]*\)\s*/, '') };
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item,
    runs.onDidChange(show),
    registerCommand(services.output, 'nnunet.showRuns', t('Show Trainings'), () => list(services)),
  );
}

async function list(services: Services): Promise<void> {
  await services.runs.refresh();
  const { runs, queue, store } = services.runs;
  const lines = listLines(runs, queue, store.problems);
  if (lines.length === 0) {
    const train = t('Train nnU-Net');
    const choice = await notify('information', t('Nothing was trained yet.'), train);
    if (choice === train) await vscode.commands.executeCommand('nnunet.train');
    return;
  }
  const chosen = await vscode.window.showQuickPick(
    lines.map((line) => ({
      label: `$(${line.icon}) ${line.label}`,
      description: line.description,
      line,
    })),
    { title: t('Trainings'), placeHolder: t('Choose one to see what can be done'), matchOnDescription: true },
  );
  if (!chosen) return;
  const action = await vscode.window.showQuickPick(actionsFor(chosen.line), {
    title: chosen.line.label,
    placeHolder: chosen.line.description,
  });
  if (action) await vscode.commands.executeCommand(action.command, ...action.arguments);
}

interface Action extends vscode.QuickPickItem {
  command: string;
  arguments: unknown[];
}

function actionsFor(line: Line): Action[] {
  if (line.kind === 'problem')
    return [{ label: `$(refresh) ${t('Look Again')}`, command: 'nnunet.refreshRuns', arguments: [] }];
  if (line.kind === 'queued') {
    return [
      ...(line.context === 'queued.failed'
        ? [{ label: `$(refresh) ${t('Try Again')}`, command: 'nnunet.retryQueued', arguments: [line] }]
        : []),
      { label: `$(arrow-up) ${t('Move Up')}`, command: 'nnunet.moveQueuedUp', arguments: [line] },
      { label: `$(arrow-down) ${t('Move Down')}`, command: 'nnunet.moveQueuedDown', arguments: [line] },
      { label: `$(trash) ${t('Remove from Queue')}`, command: 'nnunet.removeQueued', arguments: [line] },
    ];
  }
  const { folder, context } = line;
  const one = (icon: string, label: string, command: string): Action => ({
    label: `$(${icon}) ${label}`,
    command,
    arguments: [command === 'nnunet.showCurves' ? [folder] : folder],
  });
  const isRunning = context.startsWith('run.running');
  return [
    ...(context.endsWith('validated') ? [one('target', t('Show Worst Case'), 'nnunet.showWorstCase')] : []),
    one('graph-line', t('Show Loss Curves'), 'nnunet.showCurves'),
    one('output', t('Show Log'), 'nnunet.showLog'),
    ...(isRunning ? [one('debug-stop', t('Stop Training'), 'nnunet.stopTraining')] : []),
    ...(/^run\.(interrupted|stopped|failed)/.test(context)
      ? [one('debug-continue', t('Resume Training'), 'nnunet.resumeTraining')]
      : []),
    ...(/^run\.(finished|stopped|interrupted)/.test(context)
      ? [one('debug-step-over', t('Extend Training'), 'nnunet.extendTraining')]
      : []),
  ];
}
