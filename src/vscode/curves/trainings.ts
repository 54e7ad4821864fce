/** Finds the trainings whose curves can be shown, the latest first. */
import { stat } from 'node:fs/promises';
import { listDatasets } from '../../dataset/references';
import { listModels } from '../../dataset/results';
import type { Roots } from '../../dataset/roots';
import { findLogs } from '../../runs/curveSource';
import { activeHolder } from '../../dataset/foldLock';
import type { KnownTraining } from '../../jobs/knownJob';
import { foldTitle } from '../../runs/describe';

interface Training {
  folder: string;
  dataset: string;
  configuration: string;
  /** "fold 0" */
  fold: string;
  model: string;
  isRunning: boolean;
  /** Time of the last line of its log, ms. */
  changedAt: number;
}

/**
 * Only folder names and the times of logs are read.
 * @param known  trainings of this window: one that was started just now has no log yet, and its curves are wanted all the same
 */
export async function listTrainings(roots: Roots, known: readonly KnownTraining[]): Promise<Training[]> {
  const trainings: Training[] = [];
  for (const dataset of await listDatasets(roots)) {
    if (!dataset.exists.results) continue;
    for (const model of await listModels(dataset.results)) {
      for (const { fold, folder } of model.folds) {
        const last = findLogs(folder).files.at(-1);
        if (!last) continue;
        trainings.push({
          folder,
          dataset: dataset.folderName,
          configuration: model.configuration,
          fold: foldTitle(fold),
          model: `${model.trainer} · ${model.plans}`,
          isRunning: activeHolder(folder) !== undefined,
          changedAt: (await stat(last)).mtimeMs,
        });
      }
    }
  }
  for (const { folder, status, training } of known) {
    if (status.state !== 'running' || trainings.some((one) => one.folder === folder)) continue;
    const { dataset, configuration, fold, trainer, plans } = training;
    const names = { dataset, configuration, fold: foldTitle(fold), model: `${trainer} · ${plans}` };
    trainings.push({ folder, ...names, isRunning: true, changedAt: Date.now() });
  }
  return trainings.sort((a, b) => Number(b.isRunning) - Number(a.isRunning) || b.changedAt - a.changedAt);
}

/** What a page shows before anybody has chosen: the running trainings, or else the latest. */
export function usualChoice(trainings: readonly Training[]): string[] {
  const running = trainings.filter(({ isRunning }) => isRunning);
  return (running.length > 0 ? running : trainings.slice(0, 1)).map(({ folder }) => folder);
}
