/** Asks, with quick picks, for what a command was not told: which dataset, which model, which fold. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { DatasetReference } from '../../dataset/references';
import type { ModelFolder } from '../../dataset/results';
import type { ChosenModel } from '../../pipeline/chosenModel';
import { chosenFacts, chosenName } from '../../runs/chosenWords';
import type { ExplorerNode } from './nodes';
import { offer } from '../messages';
import type { Services } from '../services';
import { oneOf, type ListItem } from '../wizard/list';
import type { Asker } from '../wizard/walk';
import { counted } from '../../words/counted';

/** What menus, other commands and keybindings may give: a node of a view, a dataset's name, or nothing. */
export type DatasetArgument = ExplorerNode | string | undefined;

export interface ModelChoice {
  dataset: DatasetReference;
  /** Of a chosen model that is made of several, the first of them. */
  model: ModelFolder;
  /** The model that was chosen for the dataset, whatever it is made of. */
  chosen?: ChosenModel;
}

/** What a command was given, in a word: begun again with the same, it goes on where it was left. */
export function placeOf(argument: DatasetArgument): string {
  if (typeof argument !== 'object') return argument ?? '';
  const dataset = 'dataset' in argument ? argument.dataset.folderName : '';
  const configuration = 'configuration' in argument ? argument.configuration : '';
  const fold = 'fold' in argument ? argument.fold : '';
  return [argument.kind, dataset, configuration, fold].join(' ');
}

interface DatasetQuestion {
  /** Where it has to have something. */
  where?: 'raw' | 'preprocessed' | 'results';
}

/** Where there is no dataset, that is said. */
export async function pickDataset(
  { catalog }: Services,
  asker: Asker,
  argument: DatasetArgument,
  { where }: DatasetQuestion = {},
): Promise<DatasetReference> {
  if (typeof argument === 'object' && 'dataset' in argument) return argument.dataset;
  if (typeof argument === 'string') {
    const named = (await catalog.datasets()).find((one) => one.folderName === argument);
    if (named) return named;
  }
  const items = async () => {
    const all = await catalog.datasets();
    const datasets = where ? all.filter((one) => one.exists[where]) : all;
    return Promise.all(
      datasets.map(async (dataset) => {
        const cases = dataset.exists.raw ? (await catalog.raw(dataset)).cases.length : undefined;
        return {
          label: dataset.folderName,
          description: [
            cases === undefined ? vscode.l10n.t('no raw data') : counted(cases, 'case'),
            dataset.place ?? '',
          ]
            .filter(Boolean)
            .join(' · '),
          value: dataset,
        };
      }),
    );
  };
  const placeholder = vscode.l10n.t('Which dataset?');
  return asker.ask('dataset', oneOf({ placeholder, items, takesOnly: true, empty: offerDatasets }));
}

function offerDatasets(): void {
  const button = (title: string, command: string) => ({ title, run: () => vscode.commands.executeCommand(command) });
  offer(
    'information',
    vscode.l10n.t('There is no dataset yet.'),
    button(vscode.l10n.t('Create from Files'), 'nnunet.createDataset'),
    button(vscode.l10n.t('Import'), 'nnunet.importDataset'),
    button(vscode.l10n.t('Create Sample'), 'nnunet.createSampleDataset'),
  );
}

/** One of the models with at least one trained fold: those that were chosen for a dataset, then the best Dice first. Where there is none, that is said. */
export async function pickModel({ catalog }: Services, asker: Asker, argument: DatasetArgument): Promise<ModelChoice> {
  if (typeof argument === 'object' && argument.kind === 'model') return argument;
  if (typeof argument === 'object' && argument.kind === 'bestModel') {
    const choice = await choiceOf({ catalog }, argument.dataset, argument.chosen);
    if (choice) return choice;
  }
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
  const items = async () => {
    const [best, trained] = await Promise.all([chosenModels({ catalog }, wanted), trainedModels({ catalog }, wanted)]);
    return [...best, ...trained].map((item): ListItem<ModelChoice> => ({ ...item, value: item }));
  };
  const placeholder = vscode.l10n.t('Which model?');
  return asker.ask('model', oneOf<ModelChoice>({ placeholder, items, empty: offerTraining }));
}

function offerTraining(): void {
  const train = {
    title: vscode.l10n.t('Train nnU-Net'),
    run: () => vscode.commands.executeCommand('nnunet.train'),
  };
  offer('information', vscode.l10n.t('There is no trained model yet.'), train);
}

/** Models that were chosen by comparison, of every dataset that has one. @param wanted  folder name of the dataset whose model comes first */
export async function chosenModels({ catalog }: Pick<Services, 'catalog'>, wanted?: string) {
  const datasets = await catalog.datasets();
  const items = await Promise.all(
    datasets.map(async (dataset) => {
      // What is wrong with a choice has its row in the tree.
      const chosen = await catalog.chosen(dataset).catch(() => undefined);
      const choice = chosen && (await choiceOf({ catalog }, dataset, chosen));
      return choice ? [chosenItem(choice)] : [];
    }),
  );
  const isWanted = ({ dataset }: ModelChoice): number => Number(dataset.folderName === wanted);
  return items.flat().sort((a, b) => isWanted(b) - isWanted(a));
}

async function choiceOf(
  { catalog }: Pick<Services, 'catalog'>,
  dataset: DatasetReference,
  chosen: ChosenModel,
): Promise<(ModelChoice & { chosen: ChosenModel }) | undefined> {
  const model = (await catalog.models(dataset).catch(() => [])).find(({ folder }) => folder === chosen.members[0]);
  return model && { dataset, model, chosen };
}

function chosenItem(choice: ModelChoice & { chosen: ChosenModel }) {
  const { dataset, chosen } = choice;
  return {
    ...choice,
    label: vscode.l10n.t('Best model: {0}', chosenName(chosen)),
    description: chosenFacts(chosen),
    detail: dataset.folderName,
    key: `best ${dataset.results}`,
  };
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
