/** Tells the catalog of every change of a dataset.json: in an editor before it is saved, and on disk by other programs. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { rawPaths } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { inBackground } from '../background';
import type { Catalog } from '../catalog/catalog';

/** A pause in typing after which the text is looked at. */
const pauseMilliseconds = 200;

export function followEditors(catalog: Catalog, isDatasetJson: (document: vscode.TextDocument) => boolean) {
  const timers = new Map<string, NodeJS.Timeout>();
  const look = async (document: vscode.TextDocument): Promise<void> => {
    const dataset = (await catalog.datasets()).find(({ raw }) => raw === dirname(document.uri.fsPath));
    if (!dataset) return;
    const isUnsaved = document.isDirty && !document.isClosed;
    catalog.setUnsaved(dataset, isUnsaved ? document.getText() : undefined);
    if (!isUnsaved) await catalog.look();
    await catalog.raw(dataset);
  };
  const follow = (document: vscode.TextDocument, milliseconds: number): void => {
    if (!isDatasetJson(document)) return;
    const key = document.uri.toString();
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => inBackground(look(document), 'Reading dataset.json'), milliseconds),
    );
  };
  for (const document of vscode.workspace.textDocuments) follow(document, 0);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument((document) => follow(document, 0)),
    vscode.workspace.onDidSaveTextDocument((document) => follow(document, 0)),
    vscode.workspace.onDidCloseTextDocument((document) => follow(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => follow(document, pauseMilliseconds)),
    { dispose: () => [...timers.values()].forEach(clearTimeout) },
  );
}

/** One file, so that no tree of images is watched for it. */
export function followFile(catalog: Catalog, dataset: DatasetReference): vscode.Disposable {
  const pattern = new vscode.RelativePattern(
    vscode.Uri.file(dirname(rawPaths(dataset.raw).datasetJson)),
    'dataset.json',
  );
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  const look = (): void => inBackground(catalog.look(), 'Reading dataset.json');
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(look),
    watcher.onDidCreate(look),
    watcher.onDidDelete(look),
  );
}
