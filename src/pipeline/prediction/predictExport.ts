/** Folds of a model folder as .onnx files, for ONNX Runtime: exported once, kept in a temporary folder for the next time. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { exists } from '../../dataset/preprocessed';
import { modelPaths, type Fold } from '../../dataset/results';
import { packageVersion } from '../../engine/locate';
import { isRunning } from '../../images/temporaryFiles';
import { chooseFolds } from '../chosenFolds';
import { exportOnnxStage } from '../exportOnnx';
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
  const folder = exportFolder();
  const file = join(folder, `${await keyOf(model, checkpoint)}.onnx`);
  if (await exists(file)) return file;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  try {
    await exportOnnxStage({
      modelFolder: model.folder,
      folds: [checkpoint.fold],
      checkpoint: kind,
      output: temporary,
    });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  return file;
}

const exportFolder = (): string => join(tmpdir(), `nnunet-onnx-${userInfo().uid}`);

/** What processes that were killed in the middle of an export have left behind. */
export async function removeUnfinishedExports(): Promise<void> {
  for (const name of await readdir(exportFolder()).catch(() => [])) {
    const pid = /\.onnx\.(\d+)/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(exportFolder(), name), { force: true });
  }
}

/** Another export where the program, the weights, the plans or the labels are others. */
async function keyOf(model: Model, { file }: FoldCheckpoint): Promise<string> {
  const { plans, datasetJson } = modelPaths(model.folder);
  const parts = [packageVersion(), model.configurationName];
  for (const path of [file, plans, datasetJson]) {
    const { size, mtimeMs } = await stat(path);
    parts.push(resolve(path), String(size), String(mtimeMs));
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24);
}
