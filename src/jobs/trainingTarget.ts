/**
 * The model folder that a training goes to belongs to its folds: whether the training fits them is found out before anything is
 * touched, and its plans.json and dataset.json stay those that the folds were trained with.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { preprocessedPaths } from '../dataset/preprocessed';
import { rawPaths } from '../dataset/rawDataset';
import { listCheckpoints, listFolds, modelPaths, type Fold } from '../dataset/results';
import { SafetensorsFile } from '../engine/safetensors';
import { copyFileAtomic } from '../storage/atomicFile';
import { EngineError, NnunetError } from '../method/errors';
import {
  differences,
  isOfDataset,
  showDifferences,
  trainedWith,
  type Difference,
  type TrainedWith,
} from '../method/trainedWith';
import { requireTrainer, settingsWith } from '../method/trainerVariants';
import { activeHolder } from '../dataset/foldLock';
import { foldFolder, modelFolder, type RunRequest } from './runFolder';
import { exists } from '../storage/exists';
import { asSafetensors, fittingSafetensors } from '../pipeline/checkpoints';
import { describeStart } from '../pipeline/fineTuning';
import { modelOf, type Model } from '../pipeline/modelFolder';
import { recordedTrainingOfFold } from '../pipeline/recordedTraining';
import { requireLossFits } from '../pipeline/trainingRecipe';
import { resumePoint } from '../pipeline/resumePoint';

/**
 * To be called before a run writes anything.
 * @throws EngineError `model-differs`, `checkpoint-mismatch`, `bad-checkpoint`, `loss-compares-labels`; UsageError `trainer-unknown`; and what `resumePoint` throws; what is wrong with plans or dataset.json
 */
export async function requireTrainingTarget(request: RunRequest): Promise<void> {
  requireTrainer(request.trainer);
  const model = await plannedModel(request);
  if (model) requireLossFits(settingsWith(request.trainer, request.options).loss, model.labels.usesRegions);
  if (model) await requireSameModel(request, model);
  const { resume, checkpoint, pretrained, from } = request.options;
  const point = resume ? await resumePoint(foldFolder(request), checkpoint) : undefined;
  if (model && point) await fittingSafetensors(point.file, model);
  // Whether it fits is seen once the plans are certain: those that are there may be made anew.
  if (from !== undefined) await requireStart(from, model);
  if (pretrained !== undefined) await (await SafetensorsFile.open(await asSafetensors(pretrained))).close();
}

async function requireStart(from: string, model: Model | undefined): Promise<void> {
  if (model) await describeStart(from, model);
  else await (await SafetensorsFile.open(await asSafetensors(from))).close();
}

/** What the training would be made with; undefined where that is still to be planned. */
export async function plannedModel(request: RunRequest): Promise<Model | undefined> {
  const planned = preprocessedPaths(request.folders.preprocessed);
  const published = modelPaths(modelFolder(request));
  const isTrained = (await foldsOfModel(request)).length > 0;
  const plans = [planned.plans(request.plans), ...(isTrained ? [published.plans] : [])].find((file) =>
    existsSync(file),
  );
  const datasetJson = [rawPaths(request.folders.raw).datasetJson, planned.datasetJson].find((file) => existsSync(file));
  if (plans === undefined || datasetJson === undefined) return undefined;
  return modelOf(modelFolder(request), { plans, datasetJson }, request.configuration);
}

interface TrainedFold {
  fold: Fold;
  folder: string;
}

/** Folds that the model's files belong to; the one that is about to be trained anew is none of them. */
async function foldsOfModel(request: RunRequest): Promise<TrainedFold[]> {
  const trained: TrainedFold[] = [];
  for (const { fold, folder } of await listFolds(modelFolder(request))) {
    const isOwn = fold === request.fold;
    if (isOwn && !request.options.resume) continue;
    const hasWeights = (await listCheckpoints(folder)).length > 0;
    if (hasWeights || (!isOwn && activeHolder(folder))) trained.push({ fold, folder });
  }
  return trained;
}

/** @throws EngineError `model-differs` */
export async function requireSameModel(request: RunRequest, model: Model): Promise<void> {
  const planned = trainedWith(model);
  const published = await publishedTraining(request);
  for (const { fold, folder } of await foldsOfModel(request)) {
    const different = differences((await recordedTrainingOfFold(folder)) ?? published ?? planned, planned);
    if (different.length > 0) throw differs(request, fold, different);
  }
}

/** Of the files in the model folder, for folds that do not tell it themselves. */
async function publishedTraining(request: RunRequest): Promise<TrainedWith | undefined> {
  const { plans, datasetJson } = modelPaths(modelFolder(request));
  if (!existsSync(plans) || !existsSync(datasetJson)) return undefined;
  return trainedWith(await modelOf(modelFolder(request), { plans, datasetJson }, request.configuration));
}

function differs(request: RunRequest, fold: Fold, different: readonly Difference[]): EngineError {
  const isOwn = fold === request.fold;
  const published = modelPaths(modelFolder(request));
  const planned = preprocessedPaths(request.folders.preprocessed);
  const inDataset = different.every(isOfDataset);
  const [theirs, ours] = inDataset
    ? [published.datasetJson, rawPaths(request.folders.raw).datasetJson]
    : [published.plans, planned.plans(request.plans)];
  const next = `${request.plans}_2`;
  const anew = inDataset
    ? 'To train with the new one, move the model folder away first'
    : `To train with the new plans beside it, save them as ${planned.plans(next)}, put the old ones back, and give --plans ${next}`;
  return new EngineError(
    'model-differs',
    `Fold ${fold}${isOwn ? '' : ' of this model'} was trained with other ${inDataset ? 'labels or channels' : 'plans'}: ${showDifferences(different)} now`,
    {
      where: modelFolder(request),
      hint: `Nothing was changed. To go on with what it was trained with, copy ${theirs} to ${ours}. ${anew}.`,
    },
  );
}

/** Plans that are lost are those of the folds that were trained with them. @returns whether they were put back */
export async function restorePlans(request: RunRequest): Promise<boolean> {
  const planned = preprocessedPaths(request.folders.preprocessed).plans(request.plans);
  const published = modelPaths(modelFolder(request)).plans;
  if (existsSync(planned) || !existsSync(published) || (await foldsOfModel(request)).length === 0) return false;
  await mkdir(dirname(planned), { recursive: true });
  await copyFileAtomic(published, planned);
  return true;
}

/**
 * The copies that make a model folder complete without the dataset's folders. Those that are there stay where they say the same of
 * the model, since its other folds were trained with them.
 * @throws EngineError `model-differs`
 */
export async function publishModelFiles(request: RunRequest, model: Model): Promise<void> {
  await requireSameModel(request, model);
  const folds = await foldsOfModel(request);
  if (folds.length > 0 && (await isPublished(request, model))) return;
  const from = preprocessedPaths(request.folders.preprocessed);
  const to = modelPaths(model.folder);
  await mkdir(model.folder, { recursive: true });
  await copyChanged(from.plans(request.plans), to.plans);
  await copyChanged(from.datasetJson, to.datasetJson);
  if (existsSync(from.fingerprint)) await copyChanged(from.fingerprint, to.fingerprint);
}

async function isPublished(request: RunRequest, model: Model): Promise<boolean> {
  try {
    const published = await publishedTraining(request);
    return published !== undefined && differences(published, trainedWith(model)).length === 0;
  } catch (error) {
    // Files that can't be read are no use to the folds, either.
    if (error instanceof NnunetError) return false;
    throw error;
  }
}

async function copyChanged(from: string, to: string): Promise<void> {
  if ((await exists(to)) && (await readFile(from)).equals(await readFile(to))) return;
  await copyFileAtomic(from, to);
}
