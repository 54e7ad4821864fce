/** Selects the case of the volume that is being looked at, in the trees that are in view, and leaves the focus where it is. */
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { activeRow } from './activeRow';
import type { ExplorerNode } from './nodes';
import type { NodeProvider } from './treeProvider';

export function keepInStep(
  views: readonly { view: vscode.TreeView<ExplorerNode>; rows: NodeProvider }[],
): vscode.Disposable {
  let followed: string | undefined;
  const follow = async (): Promise<void> => {
    const file = activeVolume();
    if (file === followed) return;
    followed = file;
    // As for the files of the explorer.
    if (file === undefined || !vscode.workspace.getConfiguration('explorer').get('autoReveal', true)) return;
    for (const { view, rows } of views) {
      if (!view.visible) continue;
      const row = await activeRow(file, rows, view.selection);
      if (row && view.visible && file === followed) await view.reveal(row, { select: true, focus: false });
    }
  };
  const now = (): void => inBackground(follow(), 'Selecting the case of the editor');
  const anew = (): void => {
    followed = undefined;
    now();
  };
  return vscode.Disposable.from(
    vscode.window.tabGroups.onDidChangeTabs(now),
    vscode.window.tabGroups.onDidChangeTabGroups(now),
    ...views.map(({ view }) => view.onDidChangeVisibility(anew)),
  );
}

function activeVolume(): string | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isVolume = input instanceof vscode.TabInputCustom && input.viewType.startsWith('nnunet.volume');
  return isVolume && input.uri.scheme === 'file' ? input.uri.fsPath : undefined;
}
