/** Where do the steps of a prediction with several networks leave what they make, and what follows the networks? Their mean, and the postprocessing. */
import { join } from 'node:path';
import { freeFolder } from '../storage/freeFolder';
import type { PlannedJob } from './plannedJobs';
import type { EnsembleRequest, PostprocessRequest, PredictionEnd, PredictRequest } from './requests';

/** What is asked of whichever networks predict. */
export type CommonPrediction = Omit<PredictRequest, 'models' | 'folds'>;

/** A network's place among the jobs, and what it leaves. */
export interface PredictedStep {
  output: string;
  at: number;
}

interface StepPlaces {
  /** For what comes before the masks; the last step removes it. */
  parts: string;
  /** Of the masks before the postprocessing. */
  averaged: string;
  isMean: boolean;
}

export async function stepPlaces(
  { output, isDryRun, skipExisting }: CommonPrediction,
  { isMean, postprocesses }: { isMean: boolean; postprocesses: boolean },
): Promise<StepPlaces> {
  // What was predicted before is gone on with where it lies.
  const parts = skipExisting ? `${output}-parts` : await freeFolder(`${output}-parts`);
  return { parts, averaged: postprocesses && !isDryRun ? join(parts, 'before_postprocessing') : output, isMean };
}

/** A network whose probabilities count. @param name  of its folder, where it needs one */
export function countedStep(
  request: CommonPrediction,
  { parts, averaged, isMean }: StepPlaces,
  name: string,
): CommonPrediction {
  const into = isMean && !request.isDryRun ? join(parts, name) : averaged;
  const isStep = into !== request.output;
  return {
    ...request,
    output: into,
    ...(isMean && { saveProbabilities: true }),
    ...(isStep ? { towards: request.output, dicomSeg: false } : !request.isDryRun && { parts }),
  };
}

/** @param at  place of the first of these jobs. @param steps  file of the postprocessing */
export function stepsAfter(
  counted: readonly PredictedStep[],
  {
    request,
    places: { parts, averaged, isMean },
    steps,
    ...made
  }: {
    request: CommonPrediction;
    places: StepPlaces;
    steps?: string;
    at: number;
    /** To be told beside the masks. */
    models: string[];
    folds?: readonly number[];
  },
): PlannedJob[] {
  const { output, input, mirroring, stepSize, saveProbabilities, workers, dicomSeg, channels } = request;
  const { models: model, folds } = made;
  const ends: PredictionEnd = {
    record: { input, model, ...(folds && { folds: folds.map(String) }), mirroring, stepSize },
    parts,
    ...(dicomSeg && { dicomSeg: { input, channels } }),
  };
  const planned: PlannedJob[] = [];
  if (isMean) {
    const folders = counted.map((one) => one.output);
    const isLast = steps === undefined;
    const mean: EnsembleRequest = { folders, output: averaged, saveProbabilities, workers, ...(isLast && { ends }) };
    planned.push({ kind: 'ensemble', request: mean, after: counted.map(({ at }) => at) });
  }
  if (steps !== undefined) {
    const last: PostprocessRequest = { input: averaged, output, steps, workers, ends };
    planned.push({ kind: 'postprocess', request: last, after: [made.at + planned.length - 1] });
  }
  return planned;
}
