/** Asks, with quick picks, for what a command was not told: which dataset, which model, which fold. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import type { ModelFolder } from '../../dataset/results';
import type { ExplorerNode } from './nodes';
import { choose, notify } from '../notify';
import type { Services } from '../services';
import { counted } from '../../words/counted';

/** What menus, other commands and keybindings may give: a node of a view, a dataset's name, or nothing. */
export type DatasetArgument = ExplorerNode | string | undefined;

export interface ModelChoice {
  dataset: DatasetReference;
  model: ModelFolder;
}

/** @returns undefined when the person changed their mind, or there is no dataset (which is said) */
export async function pickDataset(
  { catalog }: Services,
  argument: DatasetArgument,
  options: { title: string; where?: 'raw' | 'preprocessed' | 'results' },
): Promise<DatasetReference | undefined> {
  if (typeof argument === 'object' && 'dataset' in argument) return argument.dataset;
  const all = await catalog.datasets();
  if (typeof argument === 'string') {
    const named = all.find((one) => one.folderName === argument);
    if (named) return named;
  }
  const datasets = options.where ? all.filter((one) => one.exists[options.where!]) : all;
  if (datasets.length === 0) {
    await offerDatasets();
    return undefined;
  }
  if (datasets.length === 1) return datasets[0];
  const items = Promise.all(
    datasets.map(async (dataset) => {
      const cases = dataset.exists.raw ? (await catalog.raw(dataset)).cases.length : undefined;
      return {
        label: dataset.folderName,
        description: cases === undefined ? vscode.l10n.t('no raw data') : counted(cases, 'case'),
        dataset,
      };
    }),
  );
  const choice = await choose(items, {
    title: options.title,
    placeHolder: vscode.l10n.t('Which dataset?'),
    matchOnDescription: true,
  });
  return choice?.dataset;
}

async function offerDatasets(): Promise<void> {
  const [files, folder, sample] = [
    vscode.l10n.t('Create from Files'),
    vscode.l10n.t('Import'),
    vscode.l10n.t('Create Sample'),
  ];
  const choice = await notify('information', vscode.l10n.t('There is no dataset yet.'), files, folder, sample);
  if (choice === files) await vscode.commands.executeCommand('nnunet.createDataset');
  if (choice === folder) await vscode.commands.executeCommand('nnunet.importDataset');
  if (choice === sample) await vscode.commands.executeCommand('nnunet.createSampleDataset');
}

/** Models with at least one trained fold, the best Dice first. */
export async function pickModel(
  { catalog }: Services,
  argument: DatasetArgument,
  title: string,
): Promise<ModelChoice | undefined> {
  if (typeof argument === 'object' && argument.kind === 'model') return argument;
  if (typeof argument === 'object' && (argument.kind === 'configuration' || argument.kind === 'fold')) {
    const { dataset, configuration, trainer } = argument;
    const plans = typeof argument.plans === 'string' ? argument.plans : argument.plans.name;
    const model = (await catalog.models(dataset)).find((one) => {
      return one.configuration === configuration && one.plans === plans && one.trainer === trainer;
    });
    if (model) return { dataset, model };
  }
  const wanted =
    typeof argument !== 'object' ? argument : 'dataset' in argument ? argument.dataset.folderName : undefined;
  const items = await trainedModels({ catalog }, wanted);
  if (items.length === 0) {
    const train = vscode.l10n.t('Train nnU-Net');
    const choice = await notify('information', vscode.l10n.t('There is no trained model yet.'), train);
    if (choice === train) await vscode.commands.executeCommand('nnunet.train');
    return undefined;
  }
  return choose(items, {
    title,
    placeHolder: vscode.l10n.t('Which model?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
}

/** @param wanted  folder name of the dataset whose models come first */
export async function trainedModels({ catalog }: Pick<Services, 'catalog'>, wanted?: string) {
  const datasets = await catalog.datasets();
  const items = await Promise.all(
    datasets.map(async (dataset) => {
      // A folder that cannot be read has its row in the tree; it hides no other model.
      const models = await catalog.models(dataset).catch(() => []);
      return Promise.all(models.map((model) => modelItem({ catalog }, dataset, model)));
    }),
  );
  return items
    .flat()
    .filter((item) => item.trained > 0)
    .sort((a, b) => {
      const first = Number(b.dataset.folderName === wanted) - Number(a.dataset.folderName === wanted);
      return first || (b.dice ?? -1) - (a.dice ?? -1);
    });
}

async function modelItem({ catalog }: Pick<Services, 'catalog'>, dataset: DatasetReference, model: ModelFolder) {
  const folds = await Promise.all(model.folds.map(({ folder }) => catalog.fold(folder, dataset.folderName)));
  const statuses = folds.map(({ status }) => status);
  const dice = await Promise.all(
    model.folds.map(({ folder }) =>
      catalog.validation(folder, dataset.folderName).then(
        ({ summary }) => summary?.foreground_mean.Dice,
        () => undefined,
      ),
    ),
  );
  const known = dice.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  const mean = known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
  const trained = statuses.filter((status) => status !== undefined && status.state !== 'running').length;
  const words = [
    vscode.l10n.t('{0} trained', counted(trained, 'fold')),
    mean === undefined ? '' : vscode.l10n.t('validation Dice {0}', mean.toFixed(3)),
  ];
  return {
    label: `${dataset.folderName}: ${model.configuration}`,
    description: words.filter(Boolean).join(', '),
    detail: basename(model.folder),
    dataset,
    model,
    dice: mean,
    trained,
  };
}
