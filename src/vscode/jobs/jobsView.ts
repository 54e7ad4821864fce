/** The view "Jobs": what runs, what waits for what (order and removal by its menus), what ended today and earlier. */
import * as vscode from 'vscode';
import { reportError } from '../messages';
import { tooltip } from '../notify';
import type { Services } from '../services';
import { linesBelow, topLines, type Line } from './jobList';
import { movesTo } from './queueOrder';
import { TreeMemory } from './treeMemory';

const redrawMilliseconds = 1000;

export function registerJobsView(services: Services): vscode.Disposable {
  const provider = new JobLines(services);
  const view = vscode.window.createTreeView('nnunet.runs', {
    treeDataProvider: provider,
    canSelectMany: true,
    dragAndDropController: new QueueOrder(services),
  });
  return vscode.Disposable.from(provider, view);
}

class JobLines implements vscode.TreeDataProvider<Line>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Line | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly memory = new TreeMemory();
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly services: Services) {
    // Progress comes several times a second; a person reads once.
    this.subscription = services.runs.onDidChange(() => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.redraw();
      }, redrawMilliseconds);
    });
  }

  getChildren(parent?: Line): Line[] {
    const { runs } = this.services;
    return this.memory.shown(parent, parent ? linesBelow(parent, runs) : topLines(runs));
  }

  getTreeItem(line: Line): vscode.TreeItem {
    const item = new vscode.TreeItem(line.label, stateOf(line));
    item.id = line.id;
    item.description = line.short;
    if (line.icon) {
      const colour = line.colour ? new vscode.ThemeColor(line.colour) : undefined;
      item.iconPath = new vscode.ThemeIcon(line.icon, colour);
    }
    item.contextValue = line.context;
    item.accessibilityInformation = { label: `${line.label}, ${line.description}` };
    if (line.kind === 'job') item.command = openCommand(line.context, line.folder);
    return item;
  }

  /** Only when the mouse rests on it: tooltips of long lists cost nothing. */
  resolveTreeItem(item: vscode.TreeItem, line: Line): vscode.TreeItem {
    const text = line.tooltip();
    if (text !== '') item.tooltip = tooltip(text);
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.changed.dispose();
  }

  /** Only what is open and looks different: the two hundred that ended earlier are not drawn anew for the one that runs. */
  private redraw(): void {
    const { runs } = this.services;
    for (const line of this.memory.different((parent) => (parent ? linesBelow(parent, runs) : topLines(runs))))
      this.changed.fire(line);
  }
}

function stateOf(line: Line): vscode.TreeItemCollapsibleState {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  if (line.kind === 'section') return line.section === 'earlier' ? Collapsed : Expanded;
  return line.kind === 'waiting' && line.hasChildren ? Expanded : None;
}

/** What is most likely wanted of a job: its curves, what came of it, or what it says. */
function openCommand(context: string, folder: string): vscode.Command {
  const isTraining = context.startsWith('job.train');
  if (isTraining)
    return { command: 'nnunet.showCurves', title: vscode.l10n.t('Show Loss Curves'), arguments: [[folder]] };
  if (context.includes('.finished'))
    return { command: 'nnunet.showResult', title: vscode.l10n.t('Open Result'), arguments: [folder] };
  return { command: 'nnunet.showLog', title: vscode.l10n.t('Show Log'), arguments: [folder] };
}

/** What waits is put in another order by dragging; what runs or has ended stays where it is. */
class QueueOrder implements vscode.TreeDragAndDropController<Line> {
  readonly dragMimeTypes = [];
  readonly dropMimeTypes = ['application/vnd.code.tree.nnunet.runs'];

  constructor(private readonly services: Services) {}

  handleDrag(lines: readonly Line[], data: vscode.DataTransfer): void {
    const ids = lines.flatMap((line) => (line.kind === 'waiting' ? line.entry.job.id : []));
    if (ids.length > 0) data.set(this.dropMimeTypes[0]!, new vscode.DataTransferItem(ids));
  }

  async handleDrop(target: Line | undefined, data: vscode.DataTransfer): Promise<void> {
    const ids = data.get(this.dropMimeTypes[0]!)?.value as string[] | undefined;
    const { runs, output } = this.services;
    const toFront =
      target?.kind === 'job'
        ? target.job.status.state === 'running'
        : target?.kind === 'section' && target.section !== 'earlier';
    try {
      for (const move of movesTo(
        runs.queue.map(({ job }) => job.id),
        ids ?? [],
        target?.kind === 'waiting' ? target.entry.job.id : undefined,
        toFront,
      ))
        await runs.moveInQueue(move.id, move.places);
    } catch (error) {
      reportError(output, vscode.l10n.t('Changing the order'), error);
    }
  }
}
