/** One item in the status bar: how many jobs run and wait; behind it a list of them with their actions. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { offer } from '../messages';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { oneOf, type ListItem } from '../wizard/list';
import { askOnly } from '../wizard/questions';
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
  const title = t('Jobs');
  const items = async (): Promise<ListItem<ShownLine>[]> => {
    await runs.refresh();
    return allLines(runs).map(itemOf);
  };
  const lines = oneOf({ placeholder: t('Choose one to see what can be done'), items, empty: () => offerTraining() });
  const chosen = await askOnly({ id: 'nnunet.showRuns', title, steps: 2 }, async (asker) => {
    const line = await asker.ask('job', lines);
    const placeholder = [line.label, line.description].filter(Boolean).join(': ');
    return { line, command: await asker.ask('action', oneOf({ placeholder, items: () => actionItems(line) })) };
  });
  if (!chosen) return;
  const { line, command } = chosen;
  await vscode.commands.executeCommand(command, ...argumentsFor(line, command));
}

function offerTraining(): void {
  const run = (): Thenable<unknown> => vscode.commands.executeCommand('nnunet.train');
  offer('information', t('There are no jobs yet.'), { title: t('Train nnU-Net'), run });
}

type ShownLine = Exclude<Line, { kind: 'section' }>;

function itemOf(line: Line): ListItem<ShownLine> {
  if (line.kind === 'section') return { label: line.label, kind: vscode.QuickPickItemKind.Separator };
  return {
    label: line.label,
    description: line.description,
    ...(line.icon && { iconPath: new vscode.ThemeIcon(line.icon) }),
    key: line.id,
    value: line,
  };
}

function actionItems(line: Line): ListItem<string>[] {
  return commandsOf(line).map((command) => {
    const { title, icon } = jobCommandTitle(command);
    return { label: title, iconPath: new vscode.ThemeIcon(icon), key: command, value: command };
  });
}

function argumentsFor(line: Line, command: string): unknown[] {
  if (line.kind !== 'job') return [line];
  return [command === 'nnunet.showCurves' ? [line.folder] : line.folder];
}
