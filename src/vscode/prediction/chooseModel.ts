/** Asks which model segments an image: those used last, the workspace's trained models and .onnx files, or a file from elsewhere. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { exists } from '../../storage/exists';
import { choiceFile } from '../../pipeline/chosenModel';
import { exportedSetName } from '../../pipeline/prediction/exportedSet';
import { chosenModels, trainedModels } from '../explorer/pick';
import type { Services } from '../services';
import { opened } from '../wizard/files';
import { oneOf, type ListItem } from '../wizard/list';
import type { Asker } from '../wizard/walk';

const memory = 'nnunet.modelsUsed';
const mostRemembered = 3;
const mostFiles = 200;

type ModelItem = ListItem<string>;

/** Instead of a path. */
const elsewhere = '';

/** @returns an .onnx file, a model folder, or what stands for several networks: see `modelSetOf` */
export async function chooseModel(services: Services, asker: Asker): Promise<string> {
  const placeholder = vscode.l10n.t('With which model?');
  const path = await asker.ask('model', oneOf({ placeholder, items: () => modelItems(services) }));
  if (path !== elsewhere) return path;
  const dialog = opened({
    what: vscode.l10n.t('the model'),
    openLabel: vscode.l10n.t('Predict'),
    filters: { [vscode.l10n.t('Models')]: ['onnx', 'json'] },
  });
  return (await asker.ask('model from elsewhere', dialog, 'same'))[0]!;
}

/** The next time it comes first. */
export async function rememberModel({ context }: Services, path: string): Promise<void> {
  const others = context.globalState.get<string[]>(memory, []).filter((one) => one !== path);
  await context.globalState.update(memory, [path, ...others].slice(0, mostRemembered));
}

async function modelItems(services: Services): Promise<ModelItem[]> {
  const elsewhereThan = '**/{node_modules,.git}/**';
  const [before, best, trained, files] = await Promise.all([
    usable(services.context.globalState.get<string[]>(memory, [])),
    chosenModels(services),
    trainedModels(services),
    vscode.workspace.findFiles(`**/{*.onnx,${exportedSetName}}`, elsewhereThan, mostFiles),
  ]);
  const items = best.map(({ label, description, detail, dataset }): ModelItem => {
    const path = choiceFile(dataset.results);
    return { label, description, detail, key: path, value: path };
  });
  // A best model of this workspace stands first as such.
  const remembered = before.filter((path) => !items.some(({ value }) => value === path));
  const used = remembered.map((path): ModelItem => ({
    label: nameOf(path),
    description: vscode.l10n.t('used before'),
    detail: dirname(path),
    key: path,
    value: path,
  }));
  items.push(...used);
  const add = (separator: string, found: { label: string; description?: string; detail: string; path: string }[]) => {
    const others = found
      .filter(({ path }) => !remembered.includes(path))
      .map(({ path, ...words }): ModelItem => ({ ...words, key: path, value: path }));
    if (others.length > 0) items.push({ label: separator, kind: vscode.QuickPickItemKind.Separator }, ...others);
  };
  add(
    vscode.l10n.t('trained here'),
    trained.map(({ label, description, detail, model }) => ({ label, description, detail, path: model.folder })),
  );
  add(
    vscode.l10n.t('ONNX files'),
    files
      .filter(({ scheme }) => scheme === 'file')
      .map(({ fsPath }) => fsPath)
      .sort()
      .map((path) => ({ label: nameOf(path), detail: vscode.workspace.asRelativePath(dirname(path)), path })),
  );
  items.push(
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    {
      label: vscode.l10n.t('Choose a File…'),
      detail: vscode.l10n.t('A model as .onnx, from anywhere on this machine'),
      value: elsewhere,
    },
  );
  return items;
}

/** What stands for several networks is called after its folder. */
function nameOf(path: string): string {
  return path.endsWith('.json') ? basename(dirname(path)) : basename(path);
}

async function usable(paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => there[index]);
}
