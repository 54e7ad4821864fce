/** What does a path that somebody wants a report of stand for: which evaluated folders of masks, of which folds and dataset? */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseDatasetName } from '../dataset/names';
import { rawPaths } from '../dataset/rawDataset';
import { foldPaths, listFolds, parseFoldFolderName, parseModelFolderName } from '../dataset/results';
import type { Roots } from '../dataset/roots';
import { readModelDatasetJson, type DatasetJson } from '../method/datasetJson';
import { EvaluationError } from '../method/errors';
import { exists } from '../storage/exists';

export interface EvaluatedPlace {
  /** What the report calls it: "2d, fold 0", "masks". */
  name: string;
  /** Where the report goes unless the person says otherwise. */
  folder: string;
  /** Each holds masks and their summary.json. */
  evaluated: EvaluatedFolder[];
  /** DatasetXXX_Name, where the path tells it. */
  dataset: string | undefined;
}

export interface EvaluatedFolder {
  folder: string;
  /** Where these are the validation cases of a training: its fold folder. */
  fold?: string;
}

/**
 * @param path  summary.json, a folder with one, the folder of a fold, or that of a model: all of its folds together
 * @throws EvaluationError `not-evaluated`
 */
export async function evaluatedPlace(path: string): Promise<EvaluatedPlace> {
  const given = resolve(path);
  const isFile = (await stat(given).catch(() => undefined))?.isFile() === true;
  const folder = isFile ? dirname(given) : given;
  if (await hasSummary(folder)) return placeOf([folder], folder);
  const folds = [folder, ...(await listFolds(folder)).map((one) => one.folder)];
  const validations: string[] = [];
  for (const fold of folds) {
    const { validation } = foldPaths(fold);
    if (await hasSummary(validation)) validations.push(validation);
  }
  if (validations.length > 0) return placeOf(validations, folder);
  throw new EvaluationError('not-evaluated', 'There is no summary.json here', {
    where: given,
    hint: 'Give a folder of masks that was evaluated, the folder of a trained fold, or that of a model.',
  });
}

function placeOf(folders: readonly string[], folder: string): EvaluatedPlace {
  const evaluated = folders.map((one): EvaluatedFolder => {
    const isValidation = basename(one) === 'validation' && parseFoldFolderName(basename(dirname(one))) !== undefined;
    return { folder: one, ...(isValidation && { fold: dirname(one) }) };
  });
  const folds = evaluated.flatMap(({ fold }) => fold ?? []);
  const [first] = folds;
  const model = first === undefined ? undefined : parseModelFolderName(basename(dirname(first)));
  const numbers = folds.map((fold) => parseFoldFolderName(basename(fold)));
  const foldsText = numbers.length === 1 ? `fold ${numbers[0]}` : `folds ${numbers.join(', ')}`;
  const dataset = folder.split(/[\\/]/).findLast((part) => parseDatasetName(part) !== undefined);
  // A training's report lies beside its validation, not among its masks.
  const own = first !== undefined && folders.includes(folder) ? first : folder;
  return { name: model ? `${model.configuration}, ${foldsText}` : basename(folder), folder: own, evaluated, dataset };
}

const hasSummary = (folder: string): Promise<boolean> => exists(join(folder, 'summary.json'));

/** The labels: by the dataset.json beside the masks, that of the model, or that of the dataset; undefined where none can be read. */
export async function datasetJsonOf(
  { evaluated, dataset }: EvaluatedPlace,
  roots: Pick<Roots, 'raw' | 'preprocessed'>,
): Promise<{ file: string; datasetJson: DatasetJson } | undefined> {
  const beside = evaluated.flatMap(({ folder, fold }) => [folder, ...(fold === undefined ? [] : [dirname(fold)])]);
  const ofDataset = dataset === undefined ? [] : [join(roots.raw, dataset), join(roots.preprocessed, dataset)];
  for (const folder of [...beside, ...ofDataset]) {
    const { datasetJson: file } = rawPaths(folder);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      return { file, datasetJson: readModelDatasetJson(text, file, 'evaluation') };
    } catch {
      continue; // Damaged: the next one may be whole.
    }
  }
  return undefined;
}
