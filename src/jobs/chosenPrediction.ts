/** Which jobs predict with a model that was chosen, whatever it is made of? Each member, their mean, and the postprocessing. */
import { basename, dirname, join } from 'node:path';
import { modelFolderName, parseModelFolderName } from '../dataset/results';
import type { ChosenModel } from '../pipeline/chosenModel';
import { readModel } from '../pipeline/modelFolder';
import { freeFolder } from '../storage/freeFolder';
import { withFirstStage } from './cascadePrediction';
import type { PlannedJob } from './plannedJobs';
import type { PredictionEnd, PredictRequest } from './requests';

/**
 * What comes before the masks goes to a folder beside them, which the last step removes.
 * @returns the one that writes the masks last; where nothing is predicted, only what looks at the images
 * @throws as `withFirstStage`
 */
export async function chosenPrediction(
  { members, folds, postprocessing }: ChosenModel,
  request: Omit<PredictRequest, 'models' | 'folds'>,
): Promise<PlannedJob[]> {
  const isMean = members.length > 1;
  const { output, isDryRun, saveProbabilities, workers } = request;
  // What was predicted before is gone on with where it lies.
  const parts = request.skipExisting ? `${output}-parts` : await freeFolder(`${output}-parts`);
  const postprocesses = postprocessing !== undefined && !isDryRun;
  const averaged = postprocesses ? join(parts, 'before_postprocessing') : output;
  const planned: PlannedJob[] = [];
  const predicted = new Map<string, { output: string; at: number }>();
  for (const folder of members) {
    const into = isMean && !isDryRun ? join(parts, configurationOf(folder)) : averaged;
    const isStep = into !== output;
    const asked = {
      ...request,
      models: [folder],
      folds,
      output: into,
      ...(isMean && { saveProbabilities: true }),
      ...(isStep ? { towards: output, dicomSeg: false } : !isDryRun && { parts }),
    };
    const first = await firstStageAmong(folder, predicted);
    const chain = first ? [{ ...asked, previousStageFolder: first.output }] : await withFirstStage(asked, parts);
    for (const one of chain) {
      const isLater = one !== chain[0];
      // They need the same device: one after the other.
      const before = [...(planned.length > 0 ? [planned.length - 1] : []), ...(first && !isLater ? [first.at] : [])];
      planned.push({ kind: 'predict', request: one, after: [...new Set(before)] });
    }
    predicted.set(folder, { output: into, at: planned.length - 1 });
  }
  if (isDryRun) return planned;
  const ends = endOf({ members, folds }, request, parts);
  if (isMean) {
    const folders = [...predicted.values()].map((one) => one.output);
    const after = [...predicted.values()].map(({ at }) => at);
    const isLast = !postprocesses;
    planned.push({
      kind: 'ensemble',
      request: { folders, output: averaged, saveProbabilities, workers, ...(isLast && { ends }) },
      after,
    });
  }
  if (postprocesses) {
    const after = [planned.length - 1];
    planned.push({
      kind: 'postprocess',
      request: { input: averaged, output, steps: postprocessing, workers, ends },
      after,
    });
  }
  return planned;
}

function endOf(
  { members, folds }: Pick<ChosenModel, 'members' | 'folds'>,
  { input, mirroring, stepSize, dicomSeg, channels }: Omit<PredictRequest, 'models' | 'folds'>,
  parts: string,
): PredictionEnd {
  return {
    record: { input, model: members, ...(folds && { folds: folds.map(String) }), mirroring, stepSize },
    parts,
    ...(dicomSeg && { dicomSeg: { input, channels } }),
  };
}

function configurationOf(folder: string): string {
  return parseModelFolderName(basename(folder))?.configuration ?? basename(folder);
}

/** A cascade's first stage that is a member itself is not predicted twice. */
async function firstStageAmong(
  folder: string,
  predicted: ReadonlyMap<string, { output: string; at: number }>,
): Promise<{ output: string; at: number } | undefined> {
  const name = parseModelFolderName(basename(folder));
  if (!name || predicted.size === 0) return undefined;
  const { previous_stage: configuration } = (await readModel(folder)).configuration;
  return configuration ? predicted.get(join(dirname(folder), modelFolderName({ ...name, configuration }))) : undefined;
}
