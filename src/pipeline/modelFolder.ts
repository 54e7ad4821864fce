/** A trained model on disk: nnUNet_results/…/TRAINER__PLANS__CONFIGURATION with its plans, labels and folds. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { listCheckpoints, listFolds, modelPaths, parseModelFolderName, type Fold } from '../dataset/results';
import type { ModelDescription } from '../engine/job';
import { channelNames, readModelDatasetJson, type DatasetJson } from '../method/datasetJson';
import { EngineError } from '../method/errors';
import { LabelManager } from '../method/labels';
import { getConfiguration, readPlans, useBatchNorm } from '../method/plans';
import { trainerClass } from '../method/trainerVariants';
import { newestForm } from './newestForm';

export interface Model extends ModelDescription {
  folder: string;
  configurationName: string;
  datasetJson: DatasetJson;
  /** The files' texts, to be copied unchanged. */
  texts: { plans: string; datasetJson: string };
}

/** What a model's checkpoints tell of it, for a folder that may have been renamed. */
export interface ModelFacts {
  configuration?: string;
  /** Absent: the trainer in the folder's name tells. */
  usesBatchNorm?: boolean;
}

/**
 * @param told  by the model's checkpoints; without it the folder's name tells
 * @throws EngineError `not-a-model`; PlansError, DatasetError, JsonError for its files
 */
export async function readModel(folder: string, told?: ModelFacts): Promise<Model> {
  requireModelFolder(folder);
  const name = told?.configuration ?? parseModelFolderName(basename(resolve(folder)))?.configuration;
  if (name === undefined) {
    throw new EngineError('not-a-model', "The folder's name does not tell the configuration", {
      where: folder,
      hint: 'Name it as nnU-Net does, like nnUNetTrainer__nnUNetPlans__3d_fullres.',
    });
  }
  return modelOf(resolve(folder), modelPaths(resolve(folder)), name, told?.usesBatchNorm);
}

/**
 * A model from its two files, wherever they lie.
 * @param usesBatchNorm  whatever the plans say; by the name of the trainer in the folder's name where it is not known
 * @throws PlansError, DatasetError, JsonError
 */
export async function modelOf(
  folder: string,
  files: { plans: string; datasetJson: string },
  configurationName: string,
  usesBatchNorm = isOfBatchNormTrainer(folder),
): Promise<Model> {
  const [plansText, datasetText] = await Promise.all([
    readFile(files.plans, 'utf8'),
    readFile(files.datasetJson, 'utf8'),
  ]);
  const plans = readPlans(plansText, files.plans);
  if (usesBatchNorm) useBatchNorm(plans, configurationName);
  const datasetJson = readModelDatasetJson(datasetText, files.datasetJson);
  return {
    folder,
    configurationName,
    plans,
    configuration: getConfiguration(plans, configurationName),
    labels: new LabelManager(datasetJson),
    imageChannels: channelNames(datasetJson).length,
    datasetJson,
    texts: { plans: plansText, datasetJson: datasetText },
  };
}

function isOfBatchNormTrainer(folder: string): boolean {
  const trainer = parseModelFolderName(basename(folder))?.trainer;
  return trainer !== undefined && trainerClass(trainer)?.settings.normalization === 'batch';
}

/** @throws EngineError `folder-missing`, `not-a-model` */
export function requireModelFolder(folder: string): void {
  const path = resolve(folder);
  if (!existsSync(path)) {
    throw new EngineError('folder-missing', 'There is no such model folder', {
      where: folder,
      hint: 'Check the path.',
    });
  }
  const missing = (['plans', 'datasetJson'] as const)
    .map((key) => modelPaths(path)[key])
    .find((file) => !existsSync(file));
  if (missing === undefined) return;
  throw new EngineError('not-a-model', `This is not a model folder: ${basename(missing)} is missing`, {
    where: folder,
    hint: modelNear(path),
  });
}

function modelNear(path: string): string {
  const parent = dirname(path);
  if (existsSync(modelPaths(parent).plans)) return `Give the folder above it, ${parent}, and the fold with -f.`;
  const inside = statSync(path).isDirectory()
    ? readdirSync(path).find((name) => existsSync(modelPaths(join(path, name)).plans))
    : undefined;
  if (inside !== undefined) return `Give the folder in it, ${join(path, inside)}.`;
  return 'Give the folder named like nnUNetTrainer__nnUNetPlans__3d_fullres, in which the fold folders lie.';
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
    (await listFolds(modelFolder)).map(async ({ fold, folder }) => ({ fold, files: await listCheckpoints(folder) })),
  );
  const trained: FoldCheckpoint[] = [];
  for (const { fold, files } of found) {
    const file = await newestForm(files.filter((path) => kindOf(path) === kind));
    if (file !== undefined) trained.push({ fold, file });
  }
  const others = found.filter(({ files }) => files.length > 0);
  if (trained.length === 0) {
    throw new EngineError('no-checkpoint', `No fold of this model has a checkpoint_${kind}`, {
      where: modelFolder,
      hint:
        others.length > 0
          ? `There are: ${others.map(({ fold, files }) => `${kindsOf(files)} of fold ${fold}`).join('; ')}. Choose one with --checkpoint${kind === 'final' ? ', or finish the training with "nnunet train … --resume"' : ''}.`
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
    const has = found.find((entry) => entry.fold === fold)?.files ?? [];
    throw new EngineError('fold-not-trained', `Fold ${fold} has no checkpoint_${kind}`, {
      where: join(modelFolder, `fold_${fold}`),
      hint: `${has.length > 0 ? `It has: ${kindsOf(has)}. ` : ''}Folds with a checkpoint_${kind}: ${trained.map((entry) => entry.fold).join(', ')}.`,
    });
  });
}

/** "final" of …/checkpoint_final.pth */
function kindOf(checkpoint: string): string {
  return basename(checkpoint).replace(/^checkpoint_|\..*$/g, '');
}

function kindsOf(checkpoints: readonly string[]): string {
  return [...new Set(checkpoints.map(kindOf))].join(', ');
}
