/** Reads the settings of nnU-Net for VS Code and says where the three roots lie. */
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { type Roots, resolveAllRoots, rootNames } from '../dataset/roots';
import type { LaunchChoice } from '../jobs/job';
import { clusterSettingNames, clusterSettings } from '../jobs/slurm/settings';
import { providerChoices, type ProviderChoice } from '../inference/providers';

export const settingsSection = 'nnunet';

export function setting<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration(settingsSection).get<T>(name) ?? otherwise;
}

/** What ONNX Runtime is to compute with; anything else that stands there is `auto`. */
export function onnxProvider(): ProviderChoice {
  const chosen = setting<string>('onnxProvider', 'auto');
  return providerChoices.find((choice) => choice === chosen) ?? 'auto';
}

/** Who runs what is started from here, and what a cluster is asked for. @throws UsageError `cluster-setting` */
export function chosenLauncher(): LaunchChoice {
  if (setting<string>('launcher', 'local') !== 'slurm') return { launcher: 'local' };
  const given = clusterSettingNames.map((name) => [name, setting<unknown>(`slurm.${name}`, undefined)] as const);
  return { launcher: 'slurm', cluster: clusterSettings(Object.fromEntries(given)) };
}

/** Those on this machine's disk. */
function workspaceFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

/** The folder that paths are relative to: the first. */
export function workspaceFolder(): vscode.WorkspaceFolder | undefined {
  return workspaceFolders()[0];
}

/** Of every folder of the workspace, in order; a workspace that is not trusted may not point the extension at folders elsewhere. */
export function workspaceRoots(): Roots[] {
  const settings = vscode.workspace.getConfiguration(settingsSection);
  return resolveAllRoots(
    workspaceFolders().map(({ uri }) => uri.fsPath),
    {
      settings: {
        root: settings.get<string>('root'),
        raw: settings.get<string>('raw'),
        preprocessed: settings.get<string>('preprocessed'),
        results: settings.get<string>('results'),
      },
    },
  );
}

/** Where new datasets go: of several folders the first that holds something of nnU-Net already, or else the first. */
export function mainRoots(): Roots {
  const all = workspaceRoots();
  const holdsSomething = (roots: Roots): boolean => rootNames.some((root) => existsSync(roots[root]));
  return (all.length > 1 ? all.find(holdsSomething) : undefined) ?? all[0]!;
}

/** Fires when a setting or the workspace folders move a root. */
export function watchRoots(): vscode.Disposable & { event: vscode.Event<readonly Roots[]> } {
  const emitter = new vscode.EventEmitter<readonly Roots[]>();
  let last = JSON.stringify(workspaceRoots());
  function look(): void {
    const roots = workspaceRoots();
    const now = JSON.stringify(roots);
    if (now === last) return;
    last = now;
    emitter.fire(roots);
  }
  const subscriptions = vscode.Disposable.from(
    emitter,
    vscode.workspace.onDidChangeWorkspaceFolders(look),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(settingsSection)) look();
    }),
  );
  return { event: emitter.event, dispose: () => subscriptions.dispose() };
}
