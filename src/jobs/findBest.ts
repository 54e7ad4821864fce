/** Which jobs find the best model? The comparison, and before it the validations that trainings have not left. */
import { join } from 'node:path';
import { activeHolder } from '../dataset/foldLock';
import { fileNamesIn } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { foldPaths, listCheckpoints, modelFolderName, modelPaths } from '../dataset/results';
import type { ModelName } from '../method/bestConfiguration';
import { EvaluationError, RunError } from '../method/errors';
import { averagingBytes } from '../pipeline/ensemble';
import { readModel } from '../pipeline/modelFolder';
import type { PlannedJob } from './plannedJobs';
import type { FindBestRequest, ValidateRequest } from './requests';

interface FindBestQuestion extends Pick<FindBestRequest, 'models' | 'folds' | 'ensembling' | 'workers'> {
  dataset: DatasetReference;
  validation: Pick<ValidateRequest, 'engine' | 'provider' | 'device' | 'precision' | 'threads'>;
}

/** Places of trainings that stand before it in the same list, by their fold folders: they leave all that is needed. */
type Trainings = ReadonlyMap<string, number>;

/**
 * @param places  how many jobs stand in the list already
 * @returns what follows them, the comparison last
 * @throws EvaluationError `fold-not-trained`, `probabilities-missing`; RunError `fold-in-training`
 */
export async function findBestJobs(
  { dataset, models, folds, ensembling, workers, validation }: FindBestQuestion,
  places = 0,
  trainings: Trainings = new Map(),
): Promise<PlannedJob[]> {
  const { folderName, raw, preprocessed, results } = dataset;
  const common = { dataset: folderName, folders: { raw, preprocessed, results }, workers };
  const saveProbabilities = ensembling && models.length > 1;
  const planned: PlannedJob[] = [];
  const after: number[] = [];
  // One after the other: they need the same device.
  let last: number | undefined = undefined;
  for (const model of models) {
    for (const fold of folds) {
      const training = trainings.get(modelPaths(join(results, modelFolderName(model))).fold(fold));
      if (training !== undefined) after.push(training);
      else if (await lacksValidation(dataset, model, fold, saveProbabilities)) {
        const request = { ...common, ...model, fold, saveProbabilities, ...validation };
        planned.push({
          kind: 'validate',
          request,
          resources: { device: validation.device },
          after: last === undefined ? [] : [last],
        });
        last = places + planned.length - 1;
        after.push(last);
      }
    }
  }
  const memoryBytes = saveProbabilities ? await memoryOfPairs(dataset, models[0]!, folds) : undefined;
  planned.push({
    kind: 'find-best',
    request: { ...common, models: [...models], folds: [...folds], ensembling },
    ...(memoryBytes !== undefined && { resources: { memoryBytes } }),
    after,
  });
  return planned;
}

/** Of the largest case, as far as there are probabilities already: those of other models are as large. */
async function memoryOfPairs(
  { results }: DatasetReference,
  model: ModelName,
  folds: readonly number[],
): Promise<number | undefined> {
  let largest: number | undefined;
  for (const fold of folds) {
    const { validation } = foldPaths(modelPaths(join(results, modelFolderName(model))).fold(fold));
    for (const name of (await fileNamesIn(validation)).filter((one) => one.endsWith('.npz')))
      largest = Math.max(largest ?? 0, await averagingBytes(join(validation, name)));
  }
  return largest;
}

/** Whether a trained fold has to predict its validation cases (again) before it can be compared. @throws as `findBestJobs` */
export async function lacksValidation(
  { results, id }: DatasetReference,
  model: ModelName,
  fold: number,
  withProbabilities: boolean,
): Promise<boolean> {
  const folder = join(results, modelFolderName(model));
  const foldFolder = modelPaths(folder).fold(fold);
  const { validation } = foldPaths(foldFolder);
  const names = new Set(await fileNamesIn(validation));
  const isTrained = (await listCheckpoints(foldFolder)).some((file) => /checkpoint_final\.[a-z]+$/.test(file));
  if (activeHolder(foldFolder)) {
    throw new RunError('fold-in-training', `Fold ${fold} of ${model.configuration} is being trained`, {
      where: foldFolder,
      hint: 'Wait until it has ended, or leave the fold out with -f.',
    });
  }
  const { file_ending: ending } = (await readModel(folder)).datasetJson;
  const ids = [...names].filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const lacks = (kinds: readonly string[]): boolean =>
    ids.some((one) => !kinds.every((kind) => names.has(`${one}${kind}`)));
  const isWhole = ids.length > 0 && !(withProbabilities && lacks(['.npz', '.pkl']));
  if (isWhole || isTrained) return !isWhole;
  if (ids.length === 0) {
    throw new EvaluationError('fold-not-trained', `Fold ${fold} of ${model.configuration} is not trained to its end`, {
      where: foldFolder,
      hint: `Train it with "nnunet train ${id} -c ${model.configuration} -f ${fold}" or "nnunet cross-validate ${id}", or leave it out with -f.`,
    });
  }
  throw new EvaluationError(
    'probabilities-missing',
    `Fold ${fold} of ${model.configuration} has neither the probabilities of its validation cases nor a checkpoint to make them with`,
    { where: validation, hint: 'Give --no-ensembles to compare single models only.' },
  );
}
