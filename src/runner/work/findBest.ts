/** Work of a job "find-best": which configuration, or which pair of them, is the best in cross-validation, and with which postprocessing? */
import type { FindBestRequest } from '../../jobs/requests';
import type { ComparedCandidate, FoundBest } from '../../jobs/results';
import { modelFolderName } from '../../dataset/results';
import type { ModelName } from '../../method/bestConfiguration';
import type { Summary } from '../../method/evaluation';
import { findBestStage, type EvaluatedCandidate } from '../../pipeline/findBest';
import { datasetOf } from '../request';
import type { WorkContext } from './context';
import { decidedPostprocessing } from './decidedPostprocessing';
import { finiteOrNull } from '../../method/finiteOrNull';

export async function findBest(request: FindBestRequest, context: WorkContext): Promise<FoundBest> {
  const { models, folds, ensembling, workers } = request;
  const dataset = await datasetOf(request);
  const note = (text: string): void => context.note(text);
  const found = await findBestStage({ ...context, note, dataset, models, folds, ensembling, workers });
  const compared = (one: EvaluatedCandidate): ComparedCandidate => ({
    identifier: one.identifier,
    models: one.members.map((member) => nameOf(member, models)),
    folder: one.folder,
    meanDice: finiteOrNull(one.summary.foreground_mean.Dice),
    dice: diceOf(one.summary),
  });
  return {
    best: compared(found.best),
    folds: [...folds],
    candidates: found.candidates.map(compared),
    cases: found.best.summary.metric_per_case.length,
    postprocessing: decidedPostprocessing(found.postprocessing, found.information.postprocessingFile),
    files: found.files,
  };
}

function nameOf(member: string, models: readonly ModelName[]): ModelName {
  return models.find((name) => modelFolderName(name) === member)!;
}

function diceOf({ mean }: Summary): Record<string, number | null> {
  return Object.fromEntries(Object.entries(mean).map(([key, { Dice }]) => [key, finiteOrNull(Dice)]));
}
