/** Finds folders of predictions anywhere in the workspace, and remembers those that predictions went to elsewhere. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { parseModelFolderName } from '../../dataset/results';
import { readPlans } from '../../method/plans';
import type { Services } from '../services';

const memory = 'nnunet.predictionFolders';
/** What nnU-Net and we leave beside the masks; plans.json also lies in models, which are left out by their name. */
const pattern = '**/{predict_from_raw_data_args.json,plans.json}';
const elsewhere = '**/{node_modules,.git,nnUNet_raw,nnUNet_preprocessed,nnUNet_results}/**';
const mostFolders = 300;

type FoldersByDataset = Record<string, string[]>;

interface FoundPredictions extends vscode.Disposable {
  /** Looks once through the workspace; from then on new folders tell of themselves. */
  look(): void;
}

export function findPredictions(services: Services): FoundPredictions {
  const found = new Map<string, string>();
  let watcher: vscode.Disposable | undefined;
  const publish = (): void => {
    const folders = new Map<string, string[]>();
    const add = (dataset: string, folder: string): void => {
      folders.set(dataset, [...new Set([...(folders.get(dataset) ?? []), folder])]);
    };
    for (const [dataset, list] of Object.entries(remembered(services))) for (const one of list) add(dataset, one);
    for (const [folder, dataset] of found) add(dataset, folder);
    services.catalog.setFoundPredictions(folders);
  };
  const examine = async (uris: readonly vscode.Uri[]): Promise<void> => {
    for (const folder of new Set(uris.map(({ fsPath }) => dirname(fsPath)))) {
      const dataset = await datasetOf(folder);
      if (dataset === undefined) found.delete(folder);
      else found.set(folder, dataset);
    }
    publish();
  };
  const guard = (work: Promise<void>): void => inBackground(work, 'Looking for predictions');
  return {
    look() {
      if (watcher) return;
      const files = vscode.workspace.createFileSystemWatcher(pattern);
      const again = (uri: vscode.Uri): void => guard(examine([uri]));
      watcher = vscode.Disposable.from(files, files.onDidCreate(again), files.onDidDelete(again));
      guard(Promise.resolve(vscode.workspace.findFiles(pattern, elsewhere, mostFolders)).then(examine));
    },
    dispose: () => watcher?.dispose(),
  };
}

/** A folder that predictions were sent to: it is shown in later sessions, too. */
export async function rememberPredictions(services: Services, dataset: string, folder: string): Promise<void> {
  const before = remembered(services);
  // The newest fifty: folders may be deleted later.
  const folders = [...new Set([folder, ...(before[dataset] ?? [])])].slice(0, 50);
  await services.context.workspaceState.update(memory, { ...before, [dataset]: folders });
  services.catalog.addFoundPredictions(dataset, folder);
}

function remembered({ context }: Services): FoldersByDataset {
  return context.workspaceState.get<FoldersByDataset>(memory) ?? {};
}

/** DatasetXXX_Name by the plans beside the predictions; undefined for what is no folder of predictions. */
async function datasetOf(folder: string): Promise<string | undefined> {
  if (parseModelFolderName(basename(folder))) return undefined;
  const file = join(folder, 'plans.json');
  try {
    return readPlans(await readFile(file, 'utf8'), file).dataset_name;
  } catch {
    return undefined; // Gone, or somebody else's plans.json.
  }
}
