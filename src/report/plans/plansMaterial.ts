/** What is there to explain plans with: they, the labels, what was measured, and the memory that they were made for. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { preprocessedPaths } from '../../dataset/preprocessed';
import { readModelDatasetJson, type DatasetJson } from '../../method/datasetJson';
import { NnunetError } from '../../method/errors';
import { validateFingerprint, type Fingerprint } from '../../method/fingerprint';
import { parseJson } from '../../method/jsonReader';
import { readPlans, type Plans } from '../../method/plans';
import { readState } from '../../pipeline/stageState';

export interface PlansMaterial {
  plans: Plans;
  /** Absent where none that can be read lies beside the plans. */
  datasetJson?: DatasetJson;
  fingerprint?: Fingerprint;
  /** GPU memory that was asked for; absent: the planner's own. */
  gpuMemoryGb?: number;
}

/**
 * @param file  the plans of a preprocessed dataset, or plans.json of a model
 * @throws JsonError, PlansError for the plans themselves
 */
export async function readPlansMaterial(file: string): Promise<PlansMaterial> {
  const plans = readPlans(await readFile(file, 'utf8'), file);
  const folder = dirname(file);
  const paths = preprocessedPaths(folder);
  const datasetJson = await optional(paths.datasetJson, readModelDatasetJson);
  const fingerprint = await optional(paths.fingerprint, (text, path) =>
    validateFingerprint(parseJson(text, path), path),
  );
  const state = await readState<{ gpuMemoryGb?: number }>(folder, basename(file, '.json'));
  return {
    plans,
    ...(datasetJson && { datasetJson }),
    ...(fingerprint && { fingerprint }),
    ...(typeof state?.gpuMemoryGb === 'number' && { gpuMemoryGb: state.gpuMemoryGb }),
  };
}

/** Whether a configuration that is added to the file can be trained: a model's copy of its plans is a record. */
export function arePlansToTrainWith(file: string, { plans_name: name }: Pick<Plans, 'plans_name'>): boolean {
  return basename(file) === `${name}.json` && file === join(dirname(file), `${name}.json`);
}

/** Plans are explained without what is damaged. */
async function optional<T>(file: string, read: (text: string, file: string) => T): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return read(text, file);
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}
