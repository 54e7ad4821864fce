/** Folds of a model folder as .onnx files, for ONNX Runtime: exported once, kept for the next time. */
import { resolve } from 'node:path';
import { modelPaths, type Fold } from '../../dataset/results';
import { packageVersion } from '../../engine/locate';
import { chooseFolds } from '../chosenFolds';
import { cachedFile, fileStamp } from '../../storage/userCache';
import { exportOnnxStage } from './exportOnnx';
import type { FoldCheckpoint, Model } from '../modelFolder';

export interface ExportedFolds {
  /** One for each fold: their logits are averaged as the native engine does it. */
  files: string[];
  folds: Fold[];
}

/** @throws as `chooseFolds` and the export */
export async function exportedFolds(options: {
  modelFolder: string;
  folds?: readonly Fold[];
  checkpoint?: string;
  signal?: AbortSignal;
}): Promise<ExportedFolds> {
  const { model, checkpoints } = await chooseFolds(options);
  const files: string[] = [];
  for (const checkpoint of checkpoints) {
    options.signal?.throwIfAborted();
    files.push(await exportedFold(model, checkpoint, options.checkpoint));
  }
  return { files, folds: checkpoints.map(({ fold }) => fold) };
}

async function exportedFold(model: Model, checkpoint: FoldCheckpoint, kind: string | undefined): Promise<string> {
  const { fold, file } = checkpoint;
  const { plans, datasetJson } = modelPaths(model.folder);
  // Another export where the program, the weights, the plans or the labels are others.
  const key = [packageVersion(), model.configurationName];
  for (const path of [file, plans, datasetJson]) key.push(resolve(path), await fileStamp(path));
  return cachedFile('onnx', key, '.onnx', (output) =>
    exportOnnxStage({ modelFolder: model.folder, folds: [fold], checkpoint: kind, output }),
  );
}
