/** Writes trained models of a dataset as one zip, which nnU-Net itself and this extension import elsewhere. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { parseDatasetName } from '../../dataset/names';
import type { DatasetReference } from '../../dataset/references';
import type { Fold, ModelFolder } from '../../dataset/results';
import type { ExportModelRequest } from '../../jobs/requests';
import type { ModelName } from '../../method/bestConfiguration';
import { nameModels } from '../../runs/exchangeWords';
import { counted } from '../../words/counted';
import { revealFolder } from '../explorer';
import { pickDataset, pickModel, placeOf, type DatasetArgument } from '../explorer/pick';
import { offer } from '../messages';
import { runJob } from '../progress/jobProgress';
import type { Services } from '../services';
import { workspaceFolder } from '../settings';
import { saved } from '../wizard/files';
import { severalOf } from '../wizard/list';
import { askThen } from '../wizard/questions';
import type { Asker } from '../wizard/walk';

/** What another command or a keybinding may say; all else is asked for. */
export interface ExportArchiveOptions {
  output?: unknown;
}

export async function exportArchiveCommand(
  services: Services,
  argument: DatasetArgument,
  options: ExportArchiveOptions = {},
): Promise<void> {
  const isOfDataset = typeof argument !== 'object' || argument.kind === 'dataset';
  await askThen(
    {
      id: `nnunet.exportModelArchive ${placeOf(argument)}`,
      title: vscode.l10n.t('Export Model as Zip'),
      steps: isOfDataset ? 3 : 1,
    },
    (asker) => questions(services, asker, argument, options),
    (request) => exportArchive(services, request),
  );
}

async function questions(
  services: Services,
  asker: Asker,
  argument: DatasetArgument,
  { output }: ExportArchiveOptions,
): Promise<ExportModelRequest> {
  const { dataset, models, folds } = await chosenModels(services, asker, argument);
  const { folderName, raw, preprocessed, results } = dataset;
  const file = typeof output === 'string' ? output : await asker.ask('file', fileQuestion(dataset, models));
  return {
    dataset: folderName,
    folders: { raw, preprocessed, results },
    models: models.map(({ trainer, plans, configuration }) => ({ trainer, plans, configuration })),
    ...(folds && { folds }),
    checkpoint: 'final',
    output: file.toLowerCase().endsWith('.zip') ? file : `${file}.zip`,
  };
}

interface Chosen {
  dataset: DatasetReference;
  models: ModelFolder[];
  folds?: Fold[];
}

async function chosenModels(services: Services, asker: Asker, argument: DatasetArgument): Promise<Chosen> {
  if (typeof argument === 'object' && argument.kind !== 'dataset') {
    const { dataset, model } = await pickModel(services, asker, argument);
    return { dataset, models: [model], ...(argument.kind === 'fold' && { folds: [argument.fold] }) };
  }
  const dataset = await pickDataset(services, asker, argument, { where: 'results' });
  const items = async () =>
    (await services.catalog.models(dataset))
      .filter(({ folds }) => folds.length > 0)
      .map((model) => ({
        label: model.configuration,
        description: counted(model.folds.length, 'fold'),
        detail: `${model.trainer}, ${model.plans}`,
        key: model.folder,
        picked: true,
        value: model,
      }));
  const models = await asker.ask('models', severalOf({ placeholder: vscode.l10n.t('Which models?'), items }));
  return { dataset, models };
}

function fileQuestion({ folderName, results }: DatasetReference, models: readonly ModelName[]) {
  const name = parseDatasetName(folderName)?.name ?? folderName;
  const suffix = models.length === 1 ? `_${models[0]!.configuration}` : '';
  return saved({
    saveLabel: vscode.l10n.t('Export'),
    defaultUri: vscode.Uri.file(join(workspaceFolder(results) ?? results, `${name}${suffix}.zip`)),
    filters: { Zip: ['zip'] },
  });
}

async function exportArchive(services: Services, request: ExportModelRequest): Promise<void> {
  const title = vscode.l10n.t('Exporting {0}', request.dataset);
  const { file, bytes, models } = await runJob(services, { kind: 'export-model', request, title });
  const size = `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  const what = nameModels(models);
  offer('information', vscode.l10n.t('Exported {0} to {1} ({2}).', what, vscode.workspace.asRelativePath(file), size), {
    title: vscode.l10n.t('Show File'),
    run: () => revealFolder(file),
  });
}
