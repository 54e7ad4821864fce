/** Commands that show something: the log of a training, the results folder, the native engine. */
import { access } from 'node:fs/promises';
import * as vscode from 'vscode';
import { foldPaths } from '../../dataset/results';
import { statusLine } from '../../runs/describe';
import type { ExplorerNode } from '../explorer/nodes';
import type { Services } from '../services';
import { runCli } from './cliProcess';
import { type DatasetArgument, pickDataset } from './pick';

/** Without a fold: the runs to choose from, and the extension's own log. */
export async function showLogCommand(services: Services, argument?: string | ExplorerNode): Promise<void> {
  const folder = typeof argument === 'string' ? argument : argument?.kind === 'fold' ? argument.folder : undefined;
  if (folder !== undefined) return openLog(services, folder);
  const runs = [];
  for (const dataset of await services.catalog.datasets()) {
    for (const { configuration, folds } of await services.catalog.models(dataset)) {
      for (const { fold, folder: foldFolder } of folds) {
        const { status } = services.catalog.fold(foldFolder, dataset.folderName);
        if (status)
          runs.push({
            label: `${dataset.folderName}, ${configuration}, ${vscode.l10n.t('fold {0}', fold)}`,
            description: statusLine(status),
            folder: foldFolder as string | undefined,
            updated: status.updatedAt ?? '',
          });
      }
    }
  }
  runs.sort((a, b) => b.updated.localeCompare(a.updated));
  const own = { label: vscode.l10n.t('The extension’s own log'), description: '', folder: undefined };
  if (runs.length === 0) return services.output.show();
  const choice = await vscode.window.showQuickPick([...runs, own], {
    title: vscode.l10n.t('Show Log'),
    placeHolder: vscode.l10n.t('Which training?'),
  });
  if (choice?.folder) await openLog(services, choice.folder);
  else if (choice) services.output.show();
}

async function openLog({ output }: Services, foldFolder: string): Promise<void> {
  const log = foldPaths(foldFolder).coreLog;
  if (!(await exists(log))) {
    void vscode.window
      .showInformationMessage(vscode.l10n.t('This fold has no log.'), vscode.l10n.t('Show the extension’s log'))
      .then((choice) => choice && output.show());
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(log));
  const editor = await vscode.window.showTextDocument(document, { preview: true });
  const end = document.lineAt(document.lineCount - 1).range.end;
  editor.revealRange(new vscode.Range(end, end));
}

export async function openResultsCommand(services: Services, argument: DatasetArgument): Promise<void> {
  const dataset = await pickDataset(services, argument, {
    title: vscode.l10n.t('Open Results Folder'),
    where: 'results',
  });
  if (!dataset) return;
  const node = typeof argument === 'object' ? argument : undefined;
  const folder =
    node?.kind === 'model'
      ? node.model.folder
      : node?.kind === 'fold'
        ? node.folder
        : node?.kind === 'predictions'
          ? node.prediction.folder
          : dataset.results;
  await revealFolder(folder);
}

/** In the explorer where the folder belongs to the window, otherwise as the system or the remote host can. */
export async function revealFolder(folder: string): Promise<void> {
  const uri = vscode.Uri.file(folder);
  if (vscode.workspace.getWorkspaceFolder(uri)) await vscode.commands.executeCommand('revealInExplorer', uri);
  else if (vscode.env.remoteName === undefined) await vscode.commands.executeCommand('revealFileInOS', uri);
  else await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true });
}

interface EngineInfo {
  core: string;
  torch: string;
  devices: string[];
  precision: string[];
  onnxruntime: string | null;
  path: string;
  source: string;
  cores: number;
  memoryBytes: number;
  freeMemoryBytes: number;
}

export async function showEngineCommand(services: Services): Promise<void> {
  const info = await vscode.window.withProgress(
    { location: { viewId: 'nnunet.datasets' }, title: vscode.l10n.t('Asking the engine') },
    () => runCli<EngineInfo>(services, ['engine']),
  );
  const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;
  const lines = [
    vscode.l10n.t('Core {0} ({1})', info.core, info.source),
    vscode.l10n.t('LibTorch {0}', info.torch),
    vscode.l10n.t('Devices: {0}', info.devices.join(', ')),
    vscode.l10n.t('Number formats: {0}', info.precision.join(', ')),
    vscode.l10n.t('ONNX Runtime: {0}', info.onnxruntime ?? vscode.l10n.t('not installed')),
    vscode.l10n.t(
      '{0} cores, {1} memory, {2} free',
      info.cores,
      gigabytes(info.memoryBytes),
      gigabytes(info.freeMemoryBytes),
    ),
    info.path,
  ];
  const copy = vscode.l10n.t('Copy');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('nnU-Net’s training engine'),
    { modal: true, detail: lines.join('\n') },
    copy,
  );
  if (choice === copy) await vscode.env.clipboard.writeText(lines.join('\n'));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
