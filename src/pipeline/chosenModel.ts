/** Which model predicts for a dataset, where nobody names one? The one that was chosen by cross-validation, or the only one that is trained. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPostprocessing } from '../dataset/postprocessingFile';
import type { DatasetReference } from '../dataset/references';
import { bestModelPaths, listCheckpoints, listModels, modelFolderName, type ModelFolder } from '../dataset/results';
import { EngineError } from '../method/errors';
import { readInferenceInformation } from '../method/inferenceInformation';
import { exists } from '../storage/exists';

export interface ChosenModel {
  /** Model folders; of two the probabilities are averaged. */
  members: string[];
  /** undefined: every trained fold. */
  folds?: number[];
  /** postprocessing.pkl, where it does anything. */
  postprocessing?: string;
  /** Chosen by comparison, not for want of another. */
  isCompared: boolean;
  /** Mean Dice in cross-validation, with the postprocessing. */
  meanDice?: number;
}

/** Where the choice is written down. */
export function choiceFile(results: string): string {
  return join(results, choiceName);
}

/** That file stands for the dataset's best model. */
export function isChoice(path: string): boolean {
  return basename(path) === choiceName;
}

const choiceName = 'inference_information.json';

/** @throws EngineError `no-models`, `not-chosen`, `chosen-model-missing`; what the file's reading throws */
export async function chosenModel({
  results,
  folderName,
  id,
}: Pick<DatasetReference, 'results' | 'folderName' | 'id'>): Promise<ChosenModel> {
  const file = choiceFile(results);
  if (!(await exists(file))) return onlyModel(await trainedModels(results), results, folderName, id);
  const { selected, folds, dice } = readInferenceInformation(await readFile(file, 'utf8'), file);
  const names = selected.map(modelFolderName);
  const members = names.map((name) => join(results, name));
  for (const folder of members) {
    if (await exists(folder)) continue;
    throw new EngineError('chosen-model-missing', 'The model that was chosen as the best one is gone', {
      where: folder,
      hint: `Choose again with "nnunet find-best ${id}", or name a model with -m.`,
    });
  }
  const { postprocessing } = bestModelPaths(results, names, folds);
  const helps = (await exists(postprocessing)) && (await readPostprocessing(postprocessing)).length > 0;
  const meanDice = helps ? dice.after : dice.before;
  return {
    members,
    folds,
    ...(helps && { postprocessing }),
    isCompared: true,
    ...(Number.isFinite(meanDice) && { meanDice }),
  };
}

async function trainedModels(results: string): Promise<ModelFolder[]> {
  const trained: ModelFolder[] = [];
  for (const model of await listModels(results)) {
    const checkpoints = await Promise.all(model.folds.map(({ folder }) => listCheckpoints(folder)));
    if (checkpoints.some((files) => files.length > 0)) trained.push(model);
  }
  return trained;
}

function onlyModel(models: readonly ModelFolder[], results: string, dataset: string, id: number): ChosenModel {
  const [only] = models;
  if (!only) {
    throw new EngineError('no-models', `No model of ${dataset} is trained`, {
      where: results,
      hint: `Train one with "nnunet train ${id} …" or "nnunet cross-validate ${id}", or check --root.`,
    });
  }
  if (models.length === 1) return { members: [only.folder], isCompared: false };
  throw new EngineError(
    'not-chosen',
    `${models.length} models of ${dataset} are trained, and none was chosen as the best`,
    {
      where: results,
      hint: `Choose with "nnunet find-best ${id}", or name one with -m: ${models.map((model) => modelFolderName(model)).join(', ')}.`,
    },
  );
}
