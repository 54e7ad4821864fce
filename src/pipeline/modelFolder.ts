/** A trained model on disk: nnUNet_results/…/TRAINER__PLANS__CONFIGURATION with its plans, labels and folds. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { exists } from '../dataset/preprocessed';
import { listCheckpoints, listFolds, modelPaths, parseModelFolderName, type Fold } from '../dataset/results';
import type { ModelDescription } from '../engine/job';
import { channelNames, readModelDatasetJson, type DatasetJson } from '../method/datasetJson';
import { EngineError } from '../method/errors';
import { LabelManager } from '../method/labels';
import { getConfiguration, readPlans } from '../method/plans';

export interface Model extends ModelDescription {
  folder: string;
  configurationName: string;
  datasetJson: DatasetJson;
  /** The files' texts, to be copied unchanged. */
  texts: { plans: string; datasetJson: string };
}

/** @throws EngineError `not-a-model`; PlansError, DatasetError, JsonError for its files */
export async function readModel(folder: string, configurationName?: string): Promise<Model> {
  const paths = modelPaths(resolve(folder));
  const [plansText, datasetText] = await Promise.all([paths.plans, paths.datasetJson].map((file) => readIfThere(file)));
  if (plansText === undefined || datasetText === undefined) {
    throw new EngineError(
      'not-a-model',
      `This is not a model folder: ${plansText === undefined ? 'plans.json' : 'dataset.json'} is missing`,
      {
        where: folder,
        hint: 'Give the folder named like nnUNetTrainer__nnUNetPlans__3d_fullres.',
      },
    );
  }
  const plans = readPlans(plansText, paths.plans);
  const datasetJson = readModelDatasetJson(datasetText, paths.datasetJson);
  const name = configurationName ?? parseModelFolderName(basename(resolve(folder)))?.configuration;
  if (name === undefined) {
    throw new EngineError('not-a-model', "The folder's name does not tell the configuration", {
      where: folder,
      hint: 'Name it as nnU-Net does, like nnUNetTrainer__nnUNetPlans__3d_fullres.',
    });
  }
  return {
    folder: resolve(folder),
    configurationName: name,
    plans,
    configuration: getConfiguration(plans, name),
    labels: new LabelManager(datasetJson),
    imageChannels: channelNames(datasetJson).length,
    datasetJson,
    texts: { plans: plansText, datasetJson: datasetText },
  };
}

/** @throws EngineError `not-a-model` */
export function requireModelFolder(folder: string): void {
  if (existsSync(modelPaths(resolve(folder)).plans)) return;
  const parent = dirname(resolve(folder));
  throw new EngineError('not-a-model', 'This is not a model folder: plans.json is missing', {
    where: folder,
    hint: existsSync(modelPaths(parent).plans)
      ? `Give the folder above it, ${parent}, and the fold with -f.`
      : 'Give the folder named like nnUNetTrainer__nnUNetPlans__3d_fullres, in which the fold folders lie.',
  });
}

export interface FoldCheckpoint {
  fold: Fold;
  file: string;
}

/**
 * @param folds  undefined: every numbered fold that has a checkpoint, or fold_all where there is no other
 * @param kind  "final" unless another checkpoint is asked for
 * @throws EngineError `fold-not-trained`, `no-checkpoint`
 */
export async function checkpointsOf(
  modelFolder: string,
  folds: readonly Fold[] | undefined,
  kind = 'final',
): Promise<FoldCheckpoint[]> {
  const found = await Promise.all(
    (await listFolds(modelFolder)).map(async ({ fold, folder }) => {
      const files = (await listCheckpoints(folder)).filter((file) => basename(file).startsWith(`checkpoint_${kind}.`));
      return { fold, file: files[0] };
    }),
  );
  const trained = found.filter((entry): entry is FoldCheckpoint => entry.file !== undefined);
  if (trained.length === 0) {
    throw new EngineError('no-checkpoint', `No fold of this model has a checkpoint_${kind}`, {
      where: modelFolder,
      hint:
        found.length > 0
          ? 'Finish the training with "nnunet train … --resume", or give --checkpoint best.'
          : 'Train it first.',
    });
  }
  if (folds === undefined) {
    const numbered = trained.filter(({ fold }) => fold !== 'all');
    return numbered.length > 0 ? numbered : trained;
  }
  return folds.map((fold) => {
    const checkpoint = trained.find((entry) => entry.fold === fold);
    if (checkpoint) return checkpoint;
    throw new EngineError('fold-not-trained', `Fold ${fold} has no checkpoint_${kind}`, {
      where: join(modelFolder, `fold_${fold}`),
      hint: `Trained are: ${trained.map((entry) => entry.fold).join(', ')}.`,
    });
  });
}

async function readIfThere(file: string): Promise<string | undefined> {
  return (await exists(file)) ? readFile(file, 'utf8') : undefined;
}
