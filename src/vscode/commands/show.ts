/** Commands that show something: the results folder, the native engine. */
import * as vscode from 'vscode';
import { revealFolder } from '../explorer';
import type { Services } from '../services';
import { setting, settingsSection } from '../settings';
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
  const device = vscode.l10n.t('Choose Device');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('nnU-Net’s training engine'),
    { modal: true, detail: lines.join('\n') },
    copy,
    ...(info.devices.length > 1 ? [device] : []),
  );
  if (choice === device) await chooseDeviceCommand(services);
  if (choice === copy) await vscode.env.clipboard.writeText(lines.join('\n'));
}

/** Which device trainings use: those that the engine finds here. It is a setting of this machine. */
export async function chooseDeviceCommand(services: Services): Promise<void> {
  const { devices } = await vscode.window.withProgress(
    { location: { viewId: 'nnunet.runs' }, title: vscode.l10n.t('Asking the engine') },
    () => runCli<EngineInfo>(services, ['engine']),
  );
  const current = setting('device', 'auto');
  const gpus = devices.filter((name) => name.startsWith('cuda:'));
  const kinds = new Map([
    ['cpu', vscode.l10n.t('the processor: works everywhere, slowly')],
    ['mps', vscode.l10n.t('the GPU of an Apple computer')],
  ]);
  const items = [
    {
      label: 'auto',
      detail:
        gpus.length > 1
          ? vscode.l10n.t('any free one of {0} GPUs: trainings run side by side', gpus.length)
          : vscode.l10n.t('the fastest one: {0}', devices[0] ?? 'cpu'),
    },
    ...devices.map((label) => ({ label, detail: kinds.get(label) ?? vscode.l10n.t('an NVIDIA GPU') })),
  ].map((item) => ({ ...item, description: item.label === current ? vscode.l10n.t('now') : undefined }));
  const choice = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Choose Training Device'),
    placeHolder: vscode.l10n.t('Where shall trainings started from VS Code run?'),
  });
  if (!choice) return;
  await vscode.workspace
    .getConfiguration(settingsSection)
    .update('device', choice.label, vscode.ConfigurationTarget.Global);
}
