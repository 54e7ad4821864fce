/** Which trainings of a cascade's first stage must come before its second: the fine network learns from the coarse one's predictions. */
import { readFile } from 'node:fs/promises';
import { listPreprocessedCases, preprocessedPaths } from '../dataset/preprocessed';
import { casesWithoutMask } from '../dataset/previousStageMasks';
import { readRawDataset } from '../dataset/rawDataset';
import { listCheckpoints } from '../dataset/results';
import { getConfiguration, readPlans } from '../method/plans';
import { previousStageFolder } from '../pipeline/cascade';
import { splitOf } from '../pipeline/splits';
import { exists } from '../storage/exists';
import { foldsOfCrossValidation } from './crossValidation';
import { foldFolder, type RunRequest } from './runFolder';

/**
 * Each fold of the previous stage whose validation cases have no prediction yet: to be trained as long as `request`, or, where it
 * is trained already, to be completed and validated. Empty for what is no cascade, and where everything is there.
 */
export async function previousStageRuns(request: RunRequest): Promise<RunRequest[]> {
  const plansFile = preprocessedPaths(request.folders.preprocessed).plans(request.plans);
  if (!(await exists(plansFile))) return []; // Without plans there are no cascades yet.
  const plans = readPlans(await readFile(plansFile, 'utf8'), plansFile);
  const configuration = getConfiguration(plans, request.configuration);
  const folder = previousStageFolder(request, configuration);
  if (folder === undefined) return [];
  const cases = await casesOf(request, configuration.data_identifier);
  const missing = new Set(await casesWithoutMask(folder, cases));
  const runs: RunRequest[] = [];
  for (const fold of missing.size > 0 ? foldsOfCrossValidation : []) {
    const { val } = await splitOf(request.folders, fold, cases);
    // Each case once: folds of a splits file of one's own may share cases.
    if (val.filter((id) => missing.delete(id)).length === 0) continue;
    runs.push(await coarseRun(request, configuration.previous_stage!, fold));
  }
  return runs;
}

interface Ordered {
  request: RunRequest;
  /** Fold folders of those that have to end before it. */
  after: string[];
}

/** @returns what to start, in order: the previous stage first, and the second stage once that has ended */
export async function withPreviousStage(requests: readonly RunRequest[]): Promise<Ordered[]> {
  const first = new Map<string, RunRequest>();
  const second: Ordered[] = [];
  for (const request of requests) {
    const runs = await previousStageRuns(request);
    for (const run of runs) first.set(foldFolder(run), run);
    second.push({ request, after: runs.map(foldFolder) });
  }
  const asked = new Set(requests.map(foldFolder));
  const added = [...first].flatMap(([folder, request]) => (asked.has(folder) ? [] : [{ request, after: [] }]));
  return [...added, ...second.map((one) => (first.has(foldFolder(one.request)) ? handingOver(one) : one))];
}

/** A fold of the first stage that was asked for itself: it also has to leave what the second one learns from. */
function handingOver({ request, after }: Ordered): Ordered {
  return { request: { ...request, options: { ...request.options, validate: true, prepareNextStage: true } }, after };
}

async function coarseRun(request: RunRequest, configuration: string, fold: number): Promise<RunRequest> {
  const { epochs, budgetSeconds, pretrained: _pretrained, from: _from, ...options } = request.options;
  const run = { ...request, configuration, fold, options: { ...options, validate: true, prepareNextStage: true } };
  const isTrained = (await listCheckpoints(foldFolder(run))).length > 0;
  if (isTrained) return { ...run, options: { ...run.options, resume: true } };
  return { ...run, options: { ...run.options, resume: false, epochs, budgetSeconds } };
}

async function casesOf({ folders }: RunRequest, dataIdentifier: string): Promise<string[]> {
  const cases = await listPreprocessedCases(preprocessedPaths(folders.preprocessed).data(dataIdentifier));
  return cases.length > 0 ? cases : (await readRawDataset(folders.raw)).cases.map(({ id }) => id);
}
