/** The two stages of a cascade: where the coarse stage leaves its predictions for the fine one. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFolderName, modelPaths } from '../dataset/results';
import { EngineError } from '../method/errors';
import type { Configuration } from '../method/plans';

interface CascadeModel {
  folders: { results: string };
  trainer: string;
  plans: string;
  configuration: string;
}

/** Folder of the previous stage's label maps in this stage's preprocessed geometry; undefined without a previous stage. */
export function previousStageFolder(model: CascadeModel, configuration: Configuration): string | undefined {
  const { previous_stage: previous } = configuration;
  if (previous === undefined || previous === null) return undefined;
  const folder = join(model.folders.results, modelFolderName({ ...model, configuration: previous }));
  return modelPaths(folder).predictedNextStage(model.configuration);
}

/** @throws EngineError `cascade-not-ready` where a case's prediction is missing */
export async function requirePreviousStage(
  folder: string,
  cases: readonly string[],
  configuration: Configuration,
): Promise<void> {
  const missing: string[] = [];
  for (const id of new Set(cases)) {
    await access(join(folder, `${id}.npy`)).catch(() => missing.push(id));
  }
  if (missing.length === 0) return;
  const previous = configuration.previous_stage!;
  throw new EngineError(
    'cascade-not-ready',
    `${missing.length} cases have no prediction of ${previous} yet, the first is ${missing[0]}`,
    {
      where: folder,
      hint: `Train and validate all five folds of ${previous} first (nnunet train … -c ${previous} -f 0, 1, 2, 3, 4).`,
    },
  );
}
