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

/** The folder of the workspace that a path lies in, or else the first. */
export function workspaceFolder(path?: string): string | undefined {
  return (folderAround(path) ?? workspaceFolders()[0])?.uri.fsPath;
}

function folderAround(path: string | undefined): vscode.WorkspaceFolder | undefined {
  return path === undefined ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path));
}

/** Of every folder of the workspace, in order; a workspace that is not trusted may not point the extension at folders elsewhere. */
export function workspaceRoots(): Roots[] {
  return rootsOfFolders(workspaceFolders());
}

function rootsOfFolders(folders: readonly vscode.WorkspaceFolder[]): Roots[] {
  const settings = vscode.workspace.getConfiguration(settingsSection);
  return resolveAllRoots(
    folders.map(({ uri }) => uri.fsPath),
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

/** Where new datasets can go: first those places that hold something of nnU-Net already. */
export function placesForNew(): Roots[] {
  const all = workspaceRoots();
  if (all.length === 1) return all;
  const holdsSomething = (roots: Roots): boolean => rootNames.some((root) => existsSync(roots[root]));
  const used = all.filter(holdsSomething);
  return [...used, ...all.filter((roots) => !used.includes(roots))];
}

/** Those of the workspace's folder that a path lies in; undefined where that has none of its own. */
export function rootsAround(path: string): Roots | undefined {
  const folder = folderAround(path);
  if (!folder) return undefined;
  const [own] = rootsOfFolders([folder]);
  return workspaceRoots().find((roots) => rootNames.every((root) => roots[root] === own![root]));
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
