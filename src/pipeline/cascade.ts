/** The two stages of a cascade: where the coarse stage leaves its predictions for the fine one. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBlosc2 } from '../dataset/blosc2Writer';
import { readNpy, readNpyHeader } from '../dataset/npy';
import { preprocessedCaseFiles, preprocessedPaths } from '../dataset/preprocessed';
import { modelFolderName, modelPaths } from '../dataset/results';
import { counted, countedAre } from '../method/counted';
import { EngineError } from '../method/errors';
import { getConfiguration, nextStages, type Configuration } from '../method/plans';
import { exists } from '../storage/exists';
import type { Model } from './modelFolder';
import type { CaseToPredict } from './prediction/predictCases';
import type { StageContext } from './progress';

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
    if (!(await exists(join(folder, `${id}.npy`)))) missing.push(id);
  }
  if (missing.length === 0) return;
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

/**
 * Asks for this stage's labels in the next stage's geometry, for every case that is preprocessed for the next stage.
 * @returns the cases, with where those labels go
 */
export async function withNextStage(
  cases: readonly CaseToPredict[],
  model: Model,
  preprocessedFolder: string,
  warn: StageContext['warn'],
): Promise<CaseToPredict[]> {
  const [next] = nextStages(model.configuration);
  if (next === undefined) return [...cases];
  const dataFolder = preprocessedPaths(preprocessedFolder).data(getConfiguration(model.plans, next).data_identifier);
  const target = modelPaths(model.folder).predictedNextStage(next);
  await mkdir(target, { recursive: true });
  let missing = 0;
  const result = await Promise.all(
    cases.map(async (entry) => {
      const file = preprocessedCaseFiles(dataFolder, entry.case).data;
      const header = (await exists(file)) ? await readNpyHeader(file) : undefined;
      if (!header) missing += 1;
      return header
        ? { ...entry, nextStage: { shape: header.shape.slice(1), output: join(target, `${entry.case}.npy`) } }
        : entry;
    }),
  );
  if (missing > 0) {
    warn(
      'next-stage-not-preprocessed',
      `${countedAre(missing, 'case')} not preprocessed for ${next}: if you want to train it, continue this fold with "--resume --for-cascade".`,
    );
  }
  return result;
}

/** Copies of the next stage's input in the form that nnU-Net itself reads. */
export async function writeNextStageForNnunet(cases: readonly CaseToPredict[]): Promise<void> {
  for (const { nextStage } of cases) {
    if (nextStage) await writeBlosc2(nextStage.output.replace(/\.npy$/, '.b2nd'), await readNpy(nextStage.output));
  }
}
