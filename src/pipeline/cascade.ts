/** Where does the coarse stage of a cascade leave its predictions for the fine one, and are they there? */
import { join } from 'node:path';
import { casesWithoutMask, takeOverMasks } from '../dataset/previousStageMasks';
import { modelFolderName, modelPaths } from '../dataset/results';
import { counted } from '../words/counted';
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

/** Those that nnU-Net left there are taken over. @throws EngineError `cascade-not-ready` where a case's prediction is missing */
export async function requirePreviousStage(
  folder: string,
  cases: readonly string[],
  configuration: Configuration,
): Promise<void> {
  const missing = await casesWithoutMask(folder, cases);
  if (missing.length === 0) return takeOverMasks(folder, cases);
  const previous = configuration.previous_stage!;
  throw new EngineError(
    'cascade-not-ready',
    `Predictions of ${previous} are missing for ${counted(missing.length, 'case')}, the first is ${missing[0]}`,
    {
      where: folder,
      hint: `Train and validate the folds 0 to 4 of ${previous} first, each with "nnunet train … -c ${previous} -f FOLD --for-cascade".`,
    },
  );
}
