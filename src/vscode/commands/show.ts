/** Commands that show something: the results folder, the native engine. */
import * as vscode from 'vscode';
import { revealFolder } from '../explorer';
import type { Services } from '../services';
import { runCli } from './cliProcess';
import { type DatasetArgument, pickDataset } from './pick';

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
