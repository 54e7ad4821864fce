/** Notes which steps of "Your first segmentation" are done, so that they tick themselves off. */
import * as vscode from 'vscode';
import type { Services } from '../services';
import type { DatasetNode } from './nodes';

const walkthroughId = 'nnunet-vscode.nnunet#firstSegmentation';

/** Called with what the tree shows anyway: nothing is read for it. */
export async function markProgress({ catalog }: Services, nodes: readonly DatasetNode[]): Promise<void> {
  if (nodes.length === 0) return;
  await mark('nnunet.hasDatasets');
  if (nodes.some(({ dataset }) => dataset.name !== 'Sample')) await mark('nnunet.hasOwnDataset');
  for (const { dataset } of nodes) {
    const folds = (await catalog.models(dataset)).flatMap((model) => model.folds);
    const isTrained = folds.some(({ folder }) => {
      const state = catalog.fold(folder, dataset.folderName).status?.state;
      return state === 'finished' || state === 'stopped';
    });
    if (isTrained) return mark('nnunet.hasModels');
  }
}

export function registerWalkthrough(): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand('nnunet.openWalkthrough', () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', walkthroughId, false),
    ),
    vscode.window.tabGroups.onDidChangeTabs(({ opened }) => {
      const isVolume = opened.some(({ input }) => {
        return input instanceof vscode.TabInputCustom && input.viewType.startsWith('nnunet.');
      });
      if (isVolume) void mark('nnunet.hasOpenedVolume');
    }),
  );
}

async function mark(context: string): Promise<void> {
  await vscode.commands.executeCommand('setContext', context, true);
}
