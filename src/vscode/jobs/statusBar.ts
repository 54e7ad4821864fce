/** One item in the status bar: how many jobs run and wait; behind it a list of them with their actions. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { choose, notify } from '../notify';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { allLines, commandsOf, jobLine, type Line } from './jobList';
import { jobCommandTitle } from './jobCommandTitles';
import { statusBarText } from './statusBarText';

export function registerStatusBar(services: Services): vscode.Disposable {
  const { runs } = services;
  const item = vscode.window.createStatusBarItem('nnunet.runs', vscode.StatusBarAlignment.Left, 10);
  item.name = 'nnU-Net';
  item.command = 'nnunet.showRuns';
  const show = (): void => {
    const text = statusBarText(runs.jobs, runs.queue);
    if (text === undefined) {
      item.hide();
      return;
    }
    item.text = text;
    const lines = runs.jobs.filter(({ status }) => status.state === 'running').map((job) => jobLine(job));
    item.tooltip = lines.map(({ label, description }) => `${label}: ${description}`).join('\n') || text;
    item.accessibilityInformation = { label: text.replace(/\$\([^)]*\)\s*/, '') };
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item,
    runs.onDidChange(show),
    registerCommand(services.output, 'nnunet.showRuns', t('Show Jobs'), () => list(services)),
  );
}

async function list(services: Services): Promise<void> {
  const { runs } = services;
  // What is known already is there at once; what a look at the files adds comes with it.
  await runs.refresh();
  const lines = allLines(runs);
  if (lines.length === 0) {
    const train = t('Train nnU-Net');
    const choice = await notify('information', t('There are no jobs yet.'), train);
    if (choice === train) await vscode.commands.executeCommand('nnunet.train');
    return;
  }
  const chosen = await choose(lines.map(itemOf), {
    title: t('Jobs'),
    placeHolder: t('Choose one to see what can be done'),
    matchOnDescription: true,
  });
  if (!chosen?.line) return;
  const { line } = chosen;
  const actions = commandsOf(line).map((command) => ({ ...jobCommandTitle(command), command }));
  const items = actions.map(({ title, icon, command }) => ({
    label: title,
    iconPath: new vscode.ThemeIcon(icon),
    command,
  }));
  const action = await choose(items, { title: line.label, placeHolder: line.description });
  if (action) await vscode.commands.executeCommand(action.command, ...argumentsFor(line, action.command));
}

function itemOf(line: Line): vscode.QuickPickItem & { line?: Line } {
  if (line.kind === 'section') return { label: line.label, kind: vscode.QuickPickItemKind.Separator };
  return {
    label: line.label,
    description: line.description,
    ...(line.icon && { iconPath: new vscode.ThemeIcon(line.icon) }),
    line,
  };
}

function argumentsFor(line: Line, command: string): unknown[] {
  if (line.kind !== 'job') return [line];
  return [command === 'nnunet.showCurves' ? [line.folder] : line.folder];
}
