/** How trained models lie on disk: nnUNet_results/DatasetXXX_Name/TRAINER__PLANS__CONFIGURATION/fold_N and what is in them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensembleName, type ModelName } from '../method/bestConfiguration';
import { DatasetError } from '../method/errors';
import { exists } from '../storage/exists';
import { compareCodePoints } from './names';

export type Fold = number | 'all';

export interface ModelFolder extends ModelName {
  folder: string;
  /** Folds that have a folder: numbers ascending, then `all`. */
  folds: { fold: Fold; folder: string }[];
}

export const defaultTrainer = 'nnUNetTrainer';

/** Folder beside the results that predictions go to unless the person says otherwise. */
export const predictionsFolderName = 'nnUNet_predictions';

export function modelFolderName({ trainer, plans, configuration }: ModelName): string {
  return `${trainer}__${plans}__${configuration}`;
}

/** @returns undefined for a folder that isn't a model (ensembles, text files, …) */
export function parseModelFolderName(folderName: string): ModelName | undefined {
  const parts = folderName.split('__');
  if (parts.length !== 3 || parts.some((part) => part === '')) return undefined;
  return { trainer: parts[0]!, plans: parts[1]!, configuration: parts[2]! };
}

export function foldFolderName(fold: Fold): string {
  return `fold_${fold}`;
}

export function parseFoldFolderName(folderName: string): Fold | undefined {
  const match = /^fold_(\d+|all)$/.exec(folderName);
  if (!match) return undefined;
  return match[1] === 'all' ? 'all' : Number(match[1]);
}

/** Files and folders that a fold has once they are written; design: section 2, formats: section 4. */
export function foldPaths(foldFolder: string) {
  return {
    run: join(foldFolder, 'run.json'),
    control: join(foldFolder, 'control'),
    coreLog: join(foldFolder, 'core.log'),
    debug: join(foldFolder, 'debug.json'),
    progressPicture: join(foldFolder, 'progress.png'),
    validation: join(foldFolder, 'validation'),
    summary: join(foldFolder, 'validation', 'summary.json'),
    checkpoint: (kind: 'latest' | 'best' | 'final', format: 'safetensors' | 'pth' = 'safetensors') =>
      join(foldFolder, `checkpoint_${kind}.${format}`),
  };
}

export function modelPaths(modelFolder: string) {
  return {
    datasetJson: join(modelFolder, 'dataset.json'),
    plans: join(modelFolder, 'plans.json'),
    fingerprint: join(modelFolder, 'dataset_fingerprint.json'),
    predictedNextStage: (nextStage: string) => join(modelFolder, 'predicted_next_stage', nextStage),
    fold: (fold: Fold) => join(modelFolder, foldFolderName(fold)),
    crossValidation: (folds: readonly Fold[]) => join(modelFolder, `crossval_results_folds_${folds.join('_')}`),
  };
}

/** Where a cross-validation leaves the predictions of one model, or of two that are averaged, and what is decided on them. */
export function bestModelPaths(datasetResultsFolder: string, members: readonly string[], folds: readonly number[]) {
  const [first = ''] = members;
  const folder =
    members.length === 1
      ? modelPaths(join(datasetResultsFolder, first)).crossValidation(folds)
      : join(datasetResultsFolder, 'ensembles', ensembleName(members, folds));
  return { folder, postprocessing: join(folder, 'postprocessing.pkl') };
}

/** Trained (or started) models of one dataset's results folder, by name. Only folder names are read. */
export async function listModels(datasetResultsFolder: string): Promise<ModelFolder[]> {
  const models: ModelFolder[] = [];
  for (const name of await folderNames(datasetResultsFolder)) {
    const parsed = parseModelFolderName(name);
    if (!parsed) continue;
    const folder = join(datasetResultsFolder, name);
    models.push({ ...parsed, folder, folds: await listFolds(folder) });
  }
  return models.sort((a, b) => compareCodePoints(a.folder, b.folder));
}

export async function listFolds(modelFolder: string): Promise<{ fold: Fold; folder: string }[]> {
  const folds: { fold: Fold; folder: string }[] = [];
  for (const name of await folderNames(modelFolder)) {
    const fold = parseFoldFolderName(name);
    if (fold !== undefined) folds.push({ fold, folder: join(modelFolder, name) });
  }
  return folds.sort((a, b) => (a.fold === 'all' ? Infinity : a.fold) - (b.fold === 'all' ? Infinity : b.fold));
}

/** The fold's checkpoints that exist, best choice for prediction first (final, best, latest; ours before nnU-Net's). */
export async function listCheckpoints(foldFolder: string): Promise<string[]> {
  const paths = foldPaths(foldFolder);
  const candidates = (['final', 'best', 'latest'] as const).flatMap((kind) => [
    paths.checkpoint(kind),
    paths.checkpoint(kind, 'pth'),
  ]);
  const present = await Promise.all(candidates.map(exists));
  return candidates.filter((_, i) => present[i]);
}

async function folderNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new DatasetError('results-unreadable', 'The results folder cannot be read', { where: folder, cause: error });
  }
}
