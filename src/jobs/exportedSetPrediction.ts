/** Which jobs predict with an exported set of networks? Each .onnx file, what refines what, their mean, and the postprocessing. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exportedSetName, isExportedSet, readExportedSet } from '../pipeline/prediction/exportedSet';
import { exists } from '../storage/exists';
import type { PlannedJob } from './plannedJobs';
import { countedStep, stepPlaces, stepsAfter, type CommonPrediction, type PredictedStep } from './predictionSteps';

/** @returns the record of the set that a person means: the file, or the folder that holds it */
export async function exportedSetAt(path: string): Promise<string | undefined> {
  if (isExportedSet(path)) return path;
  const isFolder = await stat(path).then(
    (one) => one.isDirectory(),
    () => false,
  );
  const record = join(path, exportedSetName);
  return isFolder && (await exists(record)) ? record : undefined;
}

/**
 * What comes before the masks goes to a folder beside them, which the last step removes.
 * @returns the one that writes the masks last; where nothing is predicted, only what looks at the images
 * @throws as `readExportedSet`
 */
export async function exportedSetPrediction(record: string, request: CommonPrediction): Promise<PlannedJob[]> {
  const { members, postprocessing } = await readExportedSet(record);
  const places = await stepPlaces(request, {
    isMean: members.filter(({ isCounted }) => isCounted).length > 1,
    postprocesses: postprocessing.length > 0,
  });
  const planned: PlannedJob[] = [];
  const outputs: string[] = [];
  const counted: PredictedStep[] = [];
  for (const { model, previous, isCounted } of members) {
    if (request.isDryRun && !isCounted) {
      outputs.push('');
      continue;
    }
    const name = basename(model).replace(/\.onnx$/i, '');
    const asked: CommonPrediction = isCounted
      ? countedStep(request, places, name)
      : { ...request, ...ofFirstStage, output: join(places.parts, name), towards: request.output };
    const refined = previous === undefined || request.isDryRun ? {} : { previousStageFolder: outputs[previous]! };
    // They need the same device: one after the other.
    const after = planned.length > 0 ? [planned.length - 1] : [];
    planned.push({ kind: 'predict', request: { ...asked, ...refined, models: [model] }, after });
    outputs.push(asked.output);
    if (isCounted) counted.push({ output: asked.output, at: planned.length - 1 });
  }
  if (request.isDryRun) return planned;
  const steps = postprocessing.length > 0 ? record : undefined;
  const made = { models: members.map(({ model }) => model), at: planned.length };
  return [...planned, ...stepsAfter(counted, { request, places, steps, ...made })];
}

const ofFirstStage = { saveProbabilities: false, dicomSeg: false };
