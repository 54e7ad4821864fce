/** Registers the views of datasets and of models, their filter and their menus' commands. */
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { rawPaths } from '../../dataset/rawDataset';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { line } from '../wizard/line';
import { askOnly } from '../wizard/questions';
import { dropModels } from './dropModels';
import { findPredictions } from './foundPredictions';
import { keepInStep } from './keepInStep';
import type { ExplorerNode } from './nodes';
import { ExplorerTree } from './tree';
import { appearance } from './present';
import { sourcesText } from './rootSources';
import { NodeProvider } from './treeProvider';
import { registerWalkthrough } from './walkthrough';

export function registerExplorer(services: Services): vscode.Disposable {
  const { catalog, output } = services;
  const datasetTree = new ExplorerTree(catalog);
  const modelTree = new ExplorerTree(catalog);
  const walkthrough = registerWalkthrough(services);
  const datasets = new NodeProvider(
    catalog,
    datasetTree,
    async () => {
      const nodes = [...(await datasetTree.unreadableRoots()), ...(await datasetTree.roots())];
      walkthrough.look();
      return nodes;
    },
    (node) => datasetTree.children(node),
  );
  const models = new NodeProvider(
    catalog,
    modelTree,
    async () => [...(await modelTree.unreadableRoots()), ...(await modelTree.modelRoots())],
    (node) => (node.kind === 'dataset' ? modelTree.modelsOf(node.dataset) : modelTree.children(node)),
  );
  const datasetView = vscode.window.createTreeView('nnunet.datasets', {
    treeDataProvider: datasets,
    dragAndDropController: dropModels,
    showCollapseAll: true,
    canSelectMany: true,
  });
  const modelView = vscode.window.createTreeView('nnunet.models', {
    treeDataProvider: models,
    dragAndDropController: dropModels,
    showCollapseAll: true,
    canSelectMany: true,
  });
  const inStep = keepInStep([
    { view: datasetView, rows: datasets },
    { view: modelView, rows: models },
  ]);
  const predictions = findPredictions(services);
  const follow = (): void => {
    catalog.follow(datasetView.visible || modelView.visible);
    if (modelView.visible) predictions.look();
  };

  const describe = (): void => {
    datasetView.description = sourcesText(catalog.roots);
  };
  describe();

  function setFilter(filter: string): void {
    datasetTree.filter = filter;
    datasetView.message = filter ? vscode.l10n.t('Showing names with "{0}"', filter) : undefined;
    const isFiltered = filter !== '';
    inBackground(vscode.commands.executeCommand('setContext', 'nnunet.filtered', isFiltered), 'Filtering');
    datasets.refresh();
  }

  return vscode.Disposable.from(
    walkthrough,
    datasets,
    models,
    datasetView,
    modelView,
    predictions,
    inStep,
    datasetView.onDidChangeVisibility(follow),
    services.onDidChangeRoots(describe),
    modelView.onDidChangeVisibility(follow),
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) inBackground(catalog.look(), 'Looking for changed files');
    }),
    registerCommand(output, 'nnunet.refreshExplorer', vscode.l10n.t('Refreshing'), () => catalog.refresh()),
    registerCommand(output, 'nnunet.filterDatasets', vscode.l10n.t('Filtering'), async () => {
      const question = line({
        prompt: vscode.l10n.t('Part of a name; empty shows all'),
        value: datasetTree.filter,
      });
      const filter = await askOnly(
        { id: 'nnunet.filterDatasets', title: vscode.l10n.t('Filter Datasets and Cases') },
        (asker) => asker.ask('filter', question),
      );
      if (filter !== undefined) setFilter(filter.trim());
    }),
    registerCommand(output, 'nnunet.clearFilter', vscode.l10n.t('Filtering'), () => setFilter('')),
    registerCommand(output, 'nnunet.openNode', vscode.l10n.t('Opening the volume'), async (node?: ExplorerNode) => {
      node ??= datasetView.selection[0];
      const open = node && appearance(node).open;
      if (!open) return;
      const mask = open.mask === undefined ? undefined : vscode.Uri.file(open.mask);
      await vscode.commands.executeCommand('nnunet.openVolume', vscode.Uri.file(open.file), { mask });
    }),
    registerCommand(output, 'nnunet.openJson', vscode.l10n.t('Opening the file'), async (node?: ExplorerNode) => {
      if (node?.kind === 'dataset') await openText(rawPaths(node.dataset.raw).datasetJson);
      if (node?.kind === 'configuration') await openText(node.plans.file, node.configuration);
    }),
    registerCommand(
      output,
      'nnunet.compareNodes',
      vscode.l10n.t('Comparing'),
      async (node?: ExplorerNode, selected?: ExplorerNode[]) => {
        const files = (selected ?? (node ? [node] : [])).map(segmentationOf).filter((file) => file !== undefined);
        await vscode.commands.executeCommand('nnunet.compareSegmentations', files.map(vscode.Uri.file));
      },
    ),
    registerCommand(
      output,
      'nnunet.copyPath',
      vscode.l10n.t('Copying the path'),
      async (node?: ExplorerNode, selected?: ExplorerNode[]) => {
        const paths = (selected ?? (node ? [node] : [])).map(pathOf).filter((path) => path !== undefined);
        if (paths.length > 0) await vscode.env.clipboard.writeText(paths.join('\n'));
      },
    ),
    registerCommand(output, 'nnunet.revealFolder', vscode.l10n.t('Showing the folder'), async (node?: ExplorerNode) => {
      const path = node && pathOf(node);
      if (path) await revealFolder(path);
    }),
  );
}

/** What is compared when a node is chosen: its mask where it has one. */
function segmentationOf(node: ExplorerNode): string | undefined {
  const { open } = appearance(node);
  return open?.mask ?? open?.file;
}

/** @param key  a configuration, which the cursor is put on */
async function openText(file: string, key?: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const editor = await vscode.window.showTextDocument(document);
  const at = key === undefined ? -1 : document.getText().indexOf(`"${key}": {`);
  if (at < 0) return;
  const position = document.positionAt(at);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.AtTop);
}

/** In the explorer where it belongs to the window, otherwise as the system or the remote host can. */
export async function revealFolder(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  if (vscode.workspace.getWorkspaceFolder(uri)) await vscode.commands.executeCommand('revealInExplorer', uri);
  else if (vscode.env.remoteName === undefined) await vscode.commands.executeCommand('revealFileInOS', uri);
  else await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
}

/** File or folder that a node stands for. */
function pathOf(node: ExplorerNode): string | undefined {
  switch (node.kind) {
    case 'dataset':
      return (['raw', 'preprocessed', 'results'] as const)
        .map((root) => (node.dataset.exists[root] ? node.dataset[root] : undefined))
        .find((path) => path !== undefined);
    case 'cases':
      return node.dataset.raw;
    case 'case':
      return node.files.images[0];
    case 'file':
      return node.file;
    case 'configuration':
      return node.plans.file;
    case 'fold':
      return node.folder;
    case 'validationCase':
      return node.scored.prediction;
    case 'bestModel':
      return node.chosen.members[0];
    case 'model':
      return node.model.folder;
    case 'predictions':
      return node.prediction.folder;
    case 'problem':
      return node.file;
    case 'unreadable':
      return node.path;
    case 'page':
      return undefined;
  }
}
