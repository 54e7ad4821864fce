/** Which trained models of a dataset can be the best one, and on which folds are they compared? */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preprocessedPaths } from '../dataset/preprocessed';
import type { DatasetReference } from '../dataset/references';
import { defaultTrainer, listModels, modelFolderName, type ModelFolder } from '../dataset/results';
import { consideredConfigurations, type ModelName } from '../method/bestConfiguration';
import { didYouMean } from '../method/closest';
import { EvaluationError, PlansError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import { readPlans } from '../method/plans';
import { validateSplits } from '../method/splitsFile';
import { exists } from '../storage/exists';
import { defaultPlansName } from './plan';

/** What a person says of the models to compare; absent: nnU-Net's own configurations, as far as they are trained. */
interface WantedModels {
  configurations?: readonly string[];
  plans?: readonly string[];
  trainers?: readonly string[];
}

interface ConsideredModels {
  /** In the order in which nnU-Net considers them. */
  models: ModelName[];
  /** Planned, but not trained. */
  untrained: ModelName[];
}

/**
 * Every combination of trainers, configurations and plans, without configurations that the plans don't have.
 * @throws EvaluationError `model-not-trained` for a configuration that was asked for by name, `no-models`; PlansError `configuration-unknown`
 */
export async function consideredModels(dataset: DatasetReference, wanted: WantedModels): Promise<ConsideredModels> {
  const trained = await listModels(dataset.results);
  const folders = new Map(trained.map((model) => [modelFolderName(model), model]));
  const plannedIn = new Map<string, ReadonlySet<string>>();
  const considered: ConsideredModels = { models: [], untrained: [] };
  for (const trainer of wanted.trainers ?? [defaultTrainer]) {
    for (const configuration of wanted.configurations ?? consideredConfigurations) {
      for (const plans of wanted.plans ?? [defaultPlansName]) {
        const planned = plannedIn.get(plans) ?? (await plannedConfigurations(dataset, plans, trained));
        plannedIn.set(plans, planned);
        const name = { trainer, plans, configuration };
        if (!planned.has(configuration)) refuseUnknown(configuration, plans, planned);
        else if ((folders.get(modelFolderName(name))?.folds ?? []).length > 0) considered.models.push(name);
        else if (wanted.configurations) throw notTrained(name, dataset);
        else considered.untrained.push(name);
      }
    }
  }
  if (considered.models.length === 0) throw noModels(dataset, trained);
  return considered;
}

/** nnU-Net's own, as far as they are planned; of a dataset that is not planned those that every one has. */
export async function comparableConfigurations(dataset: DatasetReference, plans: string): Promise<string[]> {
  const file = preprocessedPaths(dataset.preprocessed).plans(plans);
  // Small images have no cascade; of large ones that are not planned nobody knows yet.
  if (!(await exists(file))) return ['2d', '3d_fullres'];
  const { configurations } = readPlans(await readFile(file, 'utf8'), file);
  return consideredConfigurations.filter((name) => name in configurations);
}

/** Those in the plans file, or where that is not here, those that were trained. */
async function plannedConfigurations(
  dataset: DatasetReference,
  plans: string,
  trained: readonly ModelFolder[],
): Promise<ReadonlySet<string>> {
  const file = preprocessedPaths(dataset.preprocessed).plans(plans);
  const found = trained.filter((model) => model.plans === plans).map(({ configuration }) => configuration);
  if (!(await exists(file))) return new Set(found);
  return new Set([...Object.keys(readPlans(await readFile(file, 'utf8'), file).configurations), ...found]);
}

/** nnU-Net's own are left out where a dataset has none of them: small images have no 3d_lowres. */
function refuseUnknown(configuration: string, plans: string, planned: ReadonlySet<string>): void {
  if ((consideredConfigurations as readonly string[]).includes(configuration)) return;
  throw new PlansError('configuration-unknown', `The plans "${plans}" have no configuration "${configuration}"`, {
    hint: didYouMean(configuration, [...planned]) || `There are: ${[...planned].join(', ')}.`,
  });
}

function notTrained({ trainer, plans, configuration }: ModelName, dataset: DatasetReference): EvaluationError {
  return new EvaluationError('model-not-trained', `${configuration} is not trained yet`, {
    where: join(dataset.results, modelFolderName({ trainer, plans, configuration })),
    hint: `Train it with "nnunet cross-validate ${dataset.id} -c ${configuration}", or leave it out of -c.`,
  });
}

function noModels(dataset: DatasetReference, trained: readonly ModelFolder[]): EvaluationError {
  const others = trained.filter(({ folds }) => folds.length > 0).map((model) => modelFolderName(model));
  return new EvaluationError('no-models', `No model of ${dataset.folderName} can be compared: none is trained`, {
    where: dataset.results,
    hint:
      others.length > 0
        ? `There are: ${others.join(', ')}. Name them with -c, --plans and --trainer.`
        : `Train with "nnunet cross-validate ${dataset.id}".`,
  });
}

/** All of splits_final.json; without it nnU-Net's five. */
export async function foldsOfSplit(dataset: Pick<DatasetReference, 'preprocessed'>): Promise<number[]> {
  const file = preprocessedPaths(dataset.preprocessed).splits;
  const count = (await exists(file)) ? validateSplits(parseJson(await readFile(file, 'utf8'), file), file).length : 5;
  return Array.from({ length: count }, (_, fold) => fold);
}
