/** Brings checkpoints into the form that is needed: nnU-Net's .pth for others, .safetensors for the core. */
import { resolve } from 'node:path';
import { foldPaths, type Fold } from '../dataset/results';
import { inspectPth, pthToSafetensors, safetensorsToPth } from '../engine/checkpoint';
import { networkOf, requireFit } from '../engine/checkpointFit';
import { readState, stateKey } from '../engine/checkpointState';
import type { TrainingSchedule } from '../engine/job';
import { hasBatchNorm } from '../engine/parameterNames';
import { isStateTensor } from '../engine/optimizerState';
import { SafetensorsFile } from '../engine/safetensors';
import { augmentationPlan } from '../method/augmentationPlan';
import { EngineError } from '../method/errors';
import { isObject } from '../method/jsonShape';
import { exists } from '../storage/exists';
import { cachedFile, fileStamp } from '../storage/userCache';
import type { Model, ModelFacts } from './modelFolder';
import { recordedTraining } from './recordedTraining';

/** The same weights as .safetensors: the file itself, or a converted copy that is kept for the next time. */
export async function asSafetensors(file: string): Promise<string> {
  if (file.endsWith('.safetensors')) return file;
  const stamp = await fileStamp(file).catch((error: unknown) => {
    throw new EngineError('checkpoint-missing', 'There is no such checkpoint', {
      where: file,
      hint: 'Check the path.',
      cause: error,
    });
  });
  return cachedFile('checkpoints', [resolve(file), stamp], '.safetensors', (target) => pthToSafetensors(file, target));
}

/**
 * `asSafetensors` of a checkpoint whose network is the model's.
 * @param exceptHeads  for fine-tuning, where the heads are made anew
 * @throws EngineError `checkpoint-mismatch`, before the core is started
 */
export async function fittingSafetensors(file: string, model: Model, exceptHeads = false): Promise<string> {
  const source = await asSafetensors(file);
  const checkpoint = await SafetensorsFile.open(source);
  try {
    const weights = [...checkpoint.tensors].filter(([name]) => !isStateTensor(name));
    const shapes = new Map(weights.map(([name, { shape }]) => [name, shape]));
    requireFit(networkOf(model.plans, model.datasetJson, model.configurationName), shapes, file, exceptHeads);
  } finally {
    await checkpoint.close();
  }
  return source;
}

/** Writes checkpoint_final.pth and checkpoint_best.pth of a fold beside its .safetensors files, as nnU-Net would have saved them. */
export async function writeNnunetCheckpoints(
  foldFolder: string,
  model: Model,
  fold: Fold,
  trainerName: string,
): Promise<void> {
  const paths = foldPaths(foldFolder);
  for (const kind of ['final', 'best'] as const) {
    const source = paths.checkpoint(kind);
    if (!(await exists(source))) continue;
    const axes = await mirrorAxesOf(model, source);
    await safetensorsToPth(source, paths.checkpoint(kind, 'pth'), {
      plans: model.plans,
      datasetJson: model.datasetJson,
      configuration: model.configurationName,
      fold,
      trainerName,
      mirroringAxes: axes,
    });
  }
}

/** The axes a model's predictions may be mirrored along, as its first checkpoint says; null: none. */
export async function mirrorAxesOf(model: Model, checkpoint: string): Promise<number[] | null> {
  if (checkpoint.endsWith('.pth')) {
    return (await inspectPth(checkpoint)).mirroringAxes;
  }
  const { mirrorAxes } = augmentationPlan(model.configuration.patch_size, await scheduleOf(checkpoint));
  return mirrorAxes.length > 0 ? mirrorAxes : null;
}

/** How the training of one of our checkpoints is done; empty where it does not say. */
async function scheduleOf(checkpoint: string): Promise<Partial<TrainingSchedule>> {
  const file = await SafetensorsFile.open(checkpoint);
  try {
    if (file.metadata[stateKey] === undefined) return {};
    const { schedule } = readState(file.metadata, checkpoint);
    return isObject(schedule) ? schedule : {};
  } finally {
    await file.close();
  }
}

/** What a checkpoint says of its model: a folder may have been renamed. */
export async function modelFactsOf(checkpoint: string): Promise<ModelFacts> {
  if (checkpoint.endsWith('.pth')) {
    const { configuration, shapes } = await inspectPth(checkpoint);
    return { configuration, usesBatchNorm: hasBatchNorm(shapes.keys()) };
  }
  const file = await SafetensorsFile.open(checkpoint);
  try {
    const usesBatchNorm = hasBatchNorm(file.tensors.keys());
    return { configuration: (await recordedTraining(checkpoint))?.configuration, usesBatchNorm };
  } finally {
    await file.close();
  }
}
