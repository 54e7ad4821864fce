/** Takes over trained models from a zip or a folder, of this extension or of nnU-Net itself. */
import * as vscode from 'vscode';
import { datasetFolderName, parseDatasetName, safeName } from '../../dataset/names';
import { lowestFreeId } from '../../dataset/references';
import type { ImportModelRequest } from '../../jobs/requests';
import type { ImportedModels } from '../../pipeline/exchange/importModels';
import { NnunetError } from '../../method/errors';
import { leftOutText, nameModels } from '../../runs/exchangeWords';
import { askPlace, placeSteps } from '../commands/askPlace';
import { offer } from '../messages';
import { runJob } from '../progress/jobProgress';
import type { Services } from '../services';
import { opened } from '../wizard/files';
import { line } from '../wizard/line';
import { oneOf } from '../wizard/list';
import { askOnly, askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';

/** What another command or a keybinding may say. */
export interface ImportModelOptions {
  dataset?: unknown;
}

/** Another dataset's name helps. */
const takenPlaces: ReadonlySet<string> = new Set(['model-exists', 'number-taken', 'dataset-unnamed']);

/** @param given  the zip or the folder, as a menu or a drop gives it */
export async function importModelCommand(
  services: Services,
  given?: vscode.Uri,
  { dataset }: ImportModelOptions = {},
): Promise<void> {
  const title = vscode.l10n.t('Import Model');
  await askThen(
    { id: `nnunet.importModel ${given?.fsPath ?? ''}`, title, steps: (given ? 0 : 2) + placeSteps() },
    async (asker) => {
      const source = given?.fsPath ?? (await askSource(asker));
      return { source, roots: await askPlace(asker, source) };
    },
    (model) => importModel(services, model, typeof dataset === 'string' ? dataset : undefined),
  );
}

async function askSource(asker: Asker): Promise<string> {
  const items = [
    {
      label: vscode.l10n.t('A Zip File'),
      detail: vscode.l10n.t('As nnU-Net and this extension export models'),
      value: false,
    },
    {
      label: vscode.l10n.t('A Folder'),
      detail: vscode.l10n.t('Of a model, or of all models of a dataset'),
      value: true,
    },
  ];
  const placeholder = vscode.l10n.t('Where is the model?');
  const isFolder = await asker.ask('kind', oneOf({ placeholder, items: () => items }));
  const dialog = opened({
    what: isFolder ? vscode.l10n.t('the folder of the model') : vscode.l10n.t('the zip file of the model'),
    canSelectFolders: isFolder,
    canSelectFiles: !isFolder,
    openLabel: vscode.l10n.t('Import'),
    ...(!isFolder && { filters: { Zip: ['zip'] } }),
  });
  return (await asker.ask(isFolder ? 'folder' : 'file', dialog))[0]!;
}

/** A zip or a folder, and where it goes. */
type FoundModel = Pick<ImportModelRequest, 'source' | 'roots'>;

async function importModel(services: Services, model: FoundModel, dataset: string | undefined): Promise<void> {
  const request = { ...model, ...(dataset !== undefined && { dataset }) };
  const title = vscode.l10n.t('Importing a model');
  try {
    tell(services, await runJob(services, { kind: 'import-model', request, title }));
  } catch (error) {
    if (!(error instanceof NnunetError) || !takenPlaces.has(error.code)) throw error;
    const other = await askDataset(services, error, model.source);
    if (other !== undefined) await importModel(services, model, other);
  }
}

async function askDataset({ catalog }: Services, error: NnunetError, source: string): Promise<string | undefined> {
  const id = lowestFreeId(await catalog.datasets());
  const name = safeName(source.replace(/^.*[\\/]|\.zip$/gi, '')).replace(/^Dataset\d+_/, '');
  const question = line({
    prompt: vscode.l10n.t('{0}. Under which dataset is it to be put?', error.message),
    value: datasetFolderName({ id, name }),
    validate: (text) =>
      parseDatasetName(text) ? undefined : vscode.l10n.t('Write a name like Dataset004_Hippocampus'),
  });
  const asked = { id: `nnunet.importModel ${source} ${error.code}`, title: vscode.l10n.t('Import Model') };
  return askOnly(asked, (asker) => asker.ask('dataset', question));
}

function tell({ catalog }: Services, { dataset, models, leftOut }: ImportedModels): void {
  catalog.refresh();
  const text = vscode.l10n.t('Imported {0} of {1}.', nameModels(models), dataset);
  offer('information', [text, leftOutText(leftOut)].filter(Boolean).join(' '), {
    title: vscode.l10n.t('Predict'),
    run: () => vscode.commands.executeCommand('nnunet.predict', dataset),
  });
}
