/** What does a fold of each planned configuration take besides its training: checkpoints, validation, probabilities? */
import { listPreprocessedCases, preprocessedPaths } from '../dataset/preprocessed';
import { readRawDataset } from '../dataset/rawDataset';
import type { DatasetReference } from '../dataset/references';
import { readPlans } from '../method/plans';
import { readFile } from 'node:fs/promises';
import { modelOf } from '../pipeline/modelFolder';
import { validationCost } from '../pipeline/prediction/validationCost';
import { checkpointBytes } from '../pipeline/resources';
import { exists } from '../storage/exists';
import { trainsOnProcessor } from './configurationChoices';

export interface FoldCost {
  checkpointBytes: number;
  probabilityBytes: number;
  /** Absent where a GPU computes: nobody knows how fast. */
  validationSeconds?: number;
}

interface FoldQuestion {
  plans: string;
  device: string;
  threads?: number;
  /** How many folds the cases are divided into. */
  folds: number;
}

/** By configuration; nothing where nothing is planned yet. */
export async function foldCosts(
  dataset: DatasetReference,
  { plans: plansName, device, threads, folds }: FoldQuestion,
): Promise<Map<string, FoldCost>> {
  const paths = preprocessedPaths(dataset.preprocessed);
  const files = { plans: paths.plans(plansName), datasetJson: paths.datasetJson };
  if (!(await exists(files.plans)) || !(await exists(files.datasetJson))) return new Map();
  const { configurations } = readPlans(await readFile(files.plans, 'utf8'), files.plans);
  const isOnProcessor = await trainsOnProcessor(device);
  const costs = new Map<string, FoldCost>();
  for (const name of Object.keys(configurations)) {
    const model = await modelOf(dataset.preprocessed, files, name);
    const cases = await caseCount(dataset, model.configuration.data_identifier);
    const { seconds, probabilityBytes } = validationCost(model, Math.ceil(cases / folds), threads);
    costs.set(name, {
      checkpointBytes: checkpointBytes(model),
      probabilityBytes,
      ...(isOnProcessor && { validationSeconds: seconds }),
    });
  }
  return costs;
}

async function caseCount(dataset: DatasetReference, dataIdentifier: string): Promise<number> {
  const cases = await listPreprocessedCases(preprocessedPaths(dataset.preprocessed).data(dataIdentifier));
  if (cases.length > 0) return cases.length;
  return dataset.exists.raw ? (await readRawDataset(dataset.raw)).cases.length : 0;
}
