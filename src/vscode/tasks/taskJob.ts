/** Which job does a task in tasks.json mean, where it is no training? */
import { basename, join, resolve } from 'node:path';
import { requireRaw, resolveDatasetIn } from '../../dataset/references';
import { modelPaths } from '../../dataset/results';
import type { Roots } from '../../dataset/roots';
import { withFirstStage } from '../../jobs/cascadePrediction';
import { chosenPrediction } from '../../jobs/chosenPrediction';
import { datasetRequest } from '../../jobs/datasetRequest';
import { exportedSetAt, exportedSetPrediction } from '../../jobs/exportedSetPrediction';
import type { JobRequests } from '../../jobs/requests';
import { exists } from '../../storage/exists';
import { chosenModel } from '../../pipeline/chosenModel';
import { defaultPlansName } from '../../pipeline/plan';
import { requireConfiguration } from '../../pipeline/requireConfiguration';
import { foldsOf, required, type NnunetTask, type TaskKind } from './definition';

/** What a task comes to; a prediction by several models has more steps than one. */
export type TaskJobKind = Exclude<TaskKind, 'train'> | 'ensemble' | 'postprocess';
export type TaskJob = {
  [K in TaskJobKind]: { kind: K; request: JobRequests[K]; after?: readonly number[] };
}[TaskJobKind];

/**
 * @param folder  of the workspace: paths in tasks.json begin there
 * @returns in order, what the task is named for last
 * @throws UsageError `missing-option`; as `resolveDatasetIn`, `chosenModel`
 */
export async function taskJobs(
  task: NnunetTask,
  roots: readonly Roots[],
  folder: string,
): Promise<[...TaskJob[], TaskJob]> {
  const dataset = () => resolveDatasetIn(inFolder(folder, required(task, 'dataset')), roots);
  switch (task.task) {
    case 'check': {
      const found = await dataset();
      requireRaw(found);
      return [{ kind: 'check', request: datasetRequest(found) }];
    }
    case 'preprocess': {
      const configuration = required(task, 'configuration');
      const plans = task.plans ?? defaultPlansName;
      const found = await dataset();
      await requireConfiguration(found, plans, configuration);
      return [{ kind: 'preprocess', request: { ...datasetRequest(found), configuration, plans } }];
    }
    case 'predict':
      if (task.model === undefined && task.dataset !== undefined) {
        const planned = await chosenPrediction(await chosenModel(await dataset()), predictRequest(task, folder));
        return planned as [...TaskJob[], TaskJob];
      }
      return predictionWith(modelOf(task, folder), predictRequest(task, folder));
    case 'evaluate': {
      const predictionFolder = resolve(folder, required(task, 'prediction'));
      const request = {
        referenceFolder: resolve(folder, required(task, 'reference')),
        predictionFolder,
        datasetJson: resolve(folder, task.datasetJson ?? join(predictionFolder, 'dataset.json')),
        output: resolve(folder, task.output ?? join(predictionFolder, 'summary.json')),
      };
      return [{ kind: 'evaluate', request }];
    }
    case 'train':
      throw new Error('A training is started as a run.');
  }
}

/** An exported set and a cascade's second stage have others predicted before them. */
async function predictionWith(
  model: string,
  request: Omit<JobRequests['predict'], 'models'>,
): Promise<[...TaskJob[], TaskJob]> {
  const set = await exportedSetAt(model);
  if (set !== undefined) return (await exportedSetPrediction(set, request)) as [...TaskJob[], TaskJob];
  const hasPlans = await exists(modelPaths(model).plans);
  const requests = hasPlans ? await withFirstStage({ models: [model], ...request }) : [{ models: [model], ...request }];
  const jobs = requests.map((one, at): TaskJob => ({ kind: 'predict', request: one, after: at > 0 ? [at - 1] : [] }));
  return [...jobs.slice(0, -1), jobs.at(-1)!];
}

function modelOf(task: NnunetTask, folder: string): string {
  return resolve(folder, required(task, 'model'));
}

function predictRequest(task: NnunetTask, folder: string): Omit<JobRequests['predict'], 'models'> {
  return {
    input: [required(task, 'images')].flat().map((path) => resolve(folder, path)),
    output: resolve(folder, required(task, 'output')),
    ...(task.folds !== undefined && { folds: foldsOf(task) }),
    device: task.device ?? 'auto',
    precision: task.precision ?? 'auto',
    mirroring: task.mirroring ?? true,
    stepSize: 0.5,
    provider: task.provider ?? 'auto',
  };
}

/** A number or a name is none of a file. */
function inFolder(folder: string, dataset: string): string {
  return basename(dataset) === dataset ? dataset : resolve(folder, dataset);
}
