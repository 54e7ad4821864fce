/** Finds the trainings whose curves can be shown, the latest first. */
import { stat } from 'node:fs/promises';
import { listDatasets } from '../../dataset/references';
import { listModels } from '../../dataset/results';
import type { Roots } from '../../dataset/roots';
import { findLogs } from '../../runs/curveSource';
import { activeHolder } from '../../dataset/foldLock';
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

/** Only folder names and the times of logs are read. */
export async function listTrainings(roots: Roots): Promise<Training[]> {
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
  return trainings.sort((a, b) => Number(b.isRunning) - Number(a.isRunning) || b.changedAt - a.changedAt);
}

/** What a page shows before anybody has chosen: the running trainings, or else the latest. */
export function usualChoice(trainings: readonly Training[]): string[] {
  const running = trainings.filter(({ isRunning }) => isRunning);
  return (running.length > 0 ? running : trainings.slice(0, 1)).map(({ folder }) => folder);
}
