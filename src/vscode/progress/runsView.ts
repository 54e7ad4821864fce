/** The view "Trainings": what runs, what waits in the queue (order and removal by its menus), what ended. */
import * as vscode from 'vscode';
import { reportError } from '../messages';
import { notify, tooltip } from '../notify';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { listLines, movesTo, type Line, type QueueLine } from './runList';

const redrawMilliseconds = 1000;

export function registerRunsView(services: Services): vscode.Disposable {
  const provider = new RunLines(services);
  const view = vscode.window.createTreeView('nnunet.runs', {
    treeDataProvider: provider,
    canSelectMany: true,
    dragAndDropController: new QueueOrder(services),
  });
  const { runs, output } = services;
  const register = (id: string, what: string, action: (line: QueueLine, all: QueueLine[]) => Promise<void>) =>
    registerCommand(output, id, what, async (line?: Line, selected?: Line[]) => {
      const lines = (selected ?? [line ?? (await pickQueued(services))]).filter(isQueued);
      if (lines.length > 0) await action(lines[0]!, lines);
    });
  return vscode.Disposable.from(
    provider,
    view,
    register('nnunet.moveQueuedUp', vscode.l10n.t('Move Up'), (line) => runs.moveInQueue(entryId(line), -1)),
    register('nnunet.moveQueuedDown', vscode.l10n.t('Move Down'), (line) => runs.moveInQueue(entryId(line), 1)),
    register('nnunet.removeQueued', vscode.l10n.t('Remove from Queue'), (_, lines) =>
      runs.removeFromQueue(lines.map(entryId)),
    ),
    register('nnunet.retryQueued', vscode.l10n.t('Try Again'), (line) => runs.retryInQueue(entryId(line))),
    registerCommand(output, 'nnunet.refreshRuns', vscode.l10n.t('Refresh'), () => runs.refresh()),
  );
}

class RunLines implements vscode.TreeDataProvider<Line>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly services: Services) {
    // Progress comes several times a second; a person reads once.
    this.subscription = services.runs.onDidChange(() => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.changed.fire();
      }, redrawMilliseconds);
    });
  }

  getChildren(parent?: Line): Line[] {
    return parent
      ? []
      : listLines(this.services.runs.runs, this.services.runs.queue, this.services.runs.store.problems);
  }

  getTreeItem(line: Line): vscode.TreeItem {
    const item = new vscode.TreeItem(line.label);
    item.id = line.id;
    item.description = line.short;
    item.tooltip = tooltip(line.tooltip);
    item.iconPath = new vscode.ThemeIcon(line.icon, line.colour ? new vscode.ThemeColor(line.colour) : undefined);
    item.contextValue = line.context;
    item.accessibilityInformation = { label: `${line.label}, ${line.description}` };
    if (line.kind === 'run') {
      item.command = {
        command: 'nnunet.showCurves',
        title: vscode.l10n.t('Show Loss Curves'),
        arguments: [[line.folder]],
      };
    }
    return item;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.changed.dispose();
  }
}

/** What waits is put in another order by dragging; what runs or has ended stays where it is. */
class QueueOrder implements vscode.TreeDragAndDropController<Line> {
  readonly dragMimeTypes = [];
  readonly dropMimeTypes = ['application/vnd.code.tree.nnunet.runs'];

  constructor(private readonly services: Services) {}

  handleDrag(lines: readonly Line[], data: vscode.DataTransfer): void {
    const ids = lines.filter(isQueued).map(entryId);
    if (ids.length > 0) data.set(this.dropMimeTypes[0]!, new vscode.DataTransferItem(ids));
  }

  async handleDrop(target: Line | undefined, data: vscode.DataTransfer): Promise<void> {
    const ids = data.get(this.dropMimeTypes[0]!)?.value as string[] | undefined;
    const { runs, output } = this.services;
    try {
      for (const move of movesTo(
        runs.queue.map(({ job }) => job.id),
        ids ?? [],
        isQueued(target) ? entryId(target) : undefined,
        target?.context.startsWith('run.running'),
      ))
        await runs.moveInQueue(move.id, move.places);
    } catch (error) {
      reportError(output, vscode.l10n.t('Changing the queue'), error);
    }
  }
}

async function pickQueued({ runs }: Services): Promise<Line | undefined> {
  const lines = listLines([], runs.queue);
  if (lines.length === 0) {
    await notify('information', vscode.l10n.t('Nothing waits in the queue.'));
    return undefined;
  }
  const choice = await vscode.window.showQuickPick(
    lines.map((line) => ({ label: line.label, description: line.description, line })),
    { title: vscode.l10n.t('Queue'), placeHolder: vscode.l10n.t('Which training?') },
  );
  return choice?.line;
}

function isQueued(line: Line | undefined): line is QueueLine {
  return line?.kind === 'queued';
}

function entryId({ id }: QueueLine): string {
  return id.slice('queued '.length);
}
