/** Commands that show something: the results folder, the native engine. */
import * as vscode from 'vscode';
import { counted } from '../../words/counted';
import { errorFromObject } from '../../method/errorObject';
import { providerName } from '../../inference/providers';
import { askEngine, type EngineInfo } from '../engineInfo';
import { revealFolder } from '../explorer';
import { otherPackage } from '../messages';
import { askFirst, withProgress } from '../notify';
import type { Services } from '../services';
import { setting, settingsSection } from '../settings';
import { type DatasetArgument, pickDataset } from '../explorer/pick';
import { oneOf, type ListItem } from '../wizard/list';
import { askOnly } from '../wizard/questions';

export async function openResultsCommand(services: Services, argument: DatasetArgument): Promise<void> {
  const title = vscode.l10n.t('Open Results Folder');
  const dataset = await askOnly({ id: 'nnunet.openResultsFolder', title }, (asker) =>
    pickDataset(services, asker, argument, { where: 'results' }),
  );
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

export async function showEngineCommand(services: Services): Promise<void> {
  const info = await withProgress(
    { location: { viewId: 'nnunet.datasets' }, title: vscode.l10n.t('Asking the engine') },
    () => askEngine(services),
  );
  const lines = [...engineLines(info), ...runtimeLines(info), machineLine(info), ...(info.path ? [info.path] : [])];
  const copy = vscode.l10n.t('Copy');
  const device = vscode.l10n.t('Choose Device');
  const actions = [copy, ...(info.coreProblem ? [otherPackage.title] : info.devices.length > 1 ? [device] : [])];
  const title = vscode.l10n.t('What nnU-Net computes with');
  const choice = await askFirst('information', title, lines.join('\n'), ...actions);
  if (choice === device) await chooseDeviceCommand(services);
  if (choice === otherPackage.title) await vscode.commands.executeCommand(otherPackage.command);
  if (choice === copy) await vscode.env.clipboard.writeText(lines.join('\n'));
}

function engineLines({ core, source, torch, devices, precision, coreProblem, gpuProblem }: EngineInfo): string[] {
  if (coreProblem) {
    return [
      vscode.l10n.t('Native engine: {0}', errorFromObject(coreProblem)!.oneLine),
      vscode.l10n.t('Training needs it; ONNX Runtime predicts without it.'),
    ];
  }
  return [
    vscode.l10n.t('Native engine {0} ({1})', core ?? '', source ?? ''),
    vscode.l10n.t('LibTorch {0}', torch ?? ''),
    vscode.l10n.t('Devices: {0}', devices.join(', ')),
    vscode.l10n.t('Number formats: {0}', precision.join(', ')),
    ...(gpuProblem === undefined ? [] : [vscode.l10n.t('GPU not used: {0}', gpuProblem)]),
  ];
}

function runtimeLines({ onnxruntime, onnxProviders, onnxruntimeProblem }: EngineInfo): string[] {
  if (onnxruntimeProblem) return [vscode.l10n.t('ONNX Runtime: {0}', errorFromObject(onnxruntimeProblem)!.oneLine)];
  const names = onnxProviders.map(providerName).join(', ');
  return [vscode.l10n.t('ONNX Runtime {0}, computes with: {1}', onnxruntime ?? '', names)];
}

function machineLine({ cores, memoryBytes, freeMemoryBytes }: EngineInfo): string {
  const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;
  return vscode.l10n.t(
    '{0}, {1} memory, {2} free',
    counted(cores, 'core'),
    gigabytes(memoryBytes),
    gigabytes(freeMemoryBytes),
  );
}

/** Which device trainings use: those that the engine finds here. It is a setting of this machine. */
export async function chooseDeviceCommand(services: Services): Promise<void> {
  const title = vscode.l10n.t('Choose Training Device');
  const placeholder = vscode.l10n.t('Where shall trainings started from VS Code run?');
  const question = oneOf({ placeholder, items: () => deviceItems(services) });
  const device = await askOnly({ id: 'nnunet.chooseDevice', title }, (asker) => asker.ask('device', question));
  if (device === undefined) return;
  await vscode.workspace.getConfiguration(settingsSection).update('device', device, vscode.ConfigurationTarget.Global);
}

async function deviceItems(services: Services): Promise<ListItem<string>[]> {
  const { devices, coreProblem } = await askEngine(services);
  if (coreProblem) throw errorFromObject(coreProblem)!;
  const current = setting('device', 'auto');
  const gpus = devices.filter((name) => name.startsWith('cuda:'));
  const kinds = new Map([
    ['cpu', vscode.l10n.t('the processor: works everywhere, slowly')],
    ['mps', vscode.l10n.t('the GPU of an Apple computer')],
  ]);
  const auto =
    gpus.length > 1
      ? vscode.l10n.t('any free one of {0} GPUs: trainings run side by side', gpus.length)
      : vscode.l10n.t('the fastest one: {0}', devices[0] ?? 'cpu');
  const items = [
    { label: 'auto', detail: auto },
    ...devices.map((label) => ({ label, detail: kinds.get(label) ?? vscode.l10n.t('an NVIDIA GPU') })),
  ];
  return items.map((item) => ({
    ...item,
    description: item.label === current ? vscode.l10n.t('now') : undefined,
    value: item.label,
  }));
}
