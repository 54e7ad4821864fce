/** What a cascade's first stage leaves for its second: labels of its validation cases in that one's geometry. */
import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBlosc2 } from '../../dataset/blosc2Writer';
import { readNpy, readNpyHeader } from '../../dataset/npy';
import { preprocessedCaseFiles, preprocessedPaths } from '../../dataset/preprocessed';
import { modelPaths } from '../../dataset/results';
import { countedAre } from '../../words/counted';
import { getConfiguration, nextStages } from '../../method/plans';
import { exists } from '../../storage/exists';
import type { Model } from '../modelFolder';
import type { StageContext } from '../progress';
import type { CaseToPredict } from './predictCases';

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
    if (!nextStage) continue;
    await writeBlosc2(nextStage.output.replace(/\.npy$/, '.b2nd'), await readNpy(nextStage.output));
    // A copy that is newer is nnU-Net's.
    const now = new Date();
    await utimes(nextStage.output, now, now);
  }
}
