/** Brings checkpoints into the form that is needed: nnU-Net's .pth for others, .safetensors for the core. */
import { resolve } from 'node:path';
import { foldPaths, type Fold } from '../dataset/results';
import { inspectPth, pthToSafetensors, safetensorsToPth } from '../engine/checkpoint';
import { networkOf, requireFit } from '../engine/checkpointFit';
import { dimensions } from '../engine/job';
import { isStateTensor } from '../engine/optimizerState';
import { SafetensorsFile } from '../engine/safetensors';
import { augmentationPlan } from '../method/augmentationPlan';
import { EngineError } from '../method/errors';
import { exists } from '../storage/exists';
import { cachedFile, fileStamp } from '../storage/userCache';
import type { Model } from './modelFolder';
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
  const { patch_size } = model.configuration;
  const { mirrorAxes } = augmentationPlan(patch_size, dimensions(model.configuration));
  for (const kind of ['final', 'best'] as const) {
    const source = paths.checkpoint(kind);
    if (!(await exists(source))) continue;
    await safetensorsToPth(source, paths.checkpoint(kind, 'pth'), {
      plans: model.plans,
      datasetJson: model.datasetJson,
      configuration: model.configurationName,
      fold,
      trainerName,
      mirroringAxes: mirrorAxes,
    });
  }
}

/** The axes a model's predictions may be mirrored along, as its first checkpoint says; by the patch size where it says nothing. */
export async function mirrorAxesOf(model: Model, checkpoint: string): Promise<number[] | null> {
  if (checkpoint.endsWith('.pth')) {
    return (await inspectPth(checkpoint)).mirroringAxes;
  }
  return augmentationPlan(model.configuration.patch_size, dimensions(model.configuration)).mirrorAxes;
}

/** The configuration that a model was trained for, where its checkpoint says so: a folder may have been renamed. */
export async function configurationOf(checkpoint: string): Promise<string | undefined> {
  if (checkpoint.endsWith('.pth')) return (await inspectPth(checkpoint)).configuration;
  return (await recordedTraining(checkpoint))?.configuration;
}
