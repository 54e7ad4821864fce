/** Which jobs predict with a model that was chosen, whatever it is made of? Each member, their mean, and the postprocessing. */
import { basename, dirname, join } from 'node:path';
import { modelFolderName, parseModelFolderName } from '../dataset/results';
import type { ChosenModel } from '../pipeline/chosenModel';
import { readModel } from '../pipeline/modelFolder';
import { withFirstStage } from './cascadePrediction';
import type { PlannedJob } from './plannedJobs';
import { countedStep, stepPlaces, stepsAfter, type CommonPrediction, type PredictedStep } from './predictionSteps';

/**
 * What comes before the masks goes to a folder beside them, which the last step removes.
 * @returns the one that writes the masks last; where nothing is predicted, only what looks at the images
 * @throws as `withFirstStage`
 */
export async function chosenPrediction(
  { members, folds, postprocessing }: ChosenModel,
  request: CommonPrediction,
): Promise<PlannedJob[]> {
  const places = await stepPlaces(request, {
    isMean: members.length > 1,
    postprocesses: postprocessing !== undefined,
  });
  const planned: PlannedJob[] = [];
  const predicted = new Map<string, PredictedStep>();
  for (const folder of members) {
    const asked = { ...countedStep(request, places, configurationOf(folder)), models: [folder], folds };
    const first = await firstStageAmong(folder, predicted);
    const chain = first ? [{ ...asked, previousStageFolder: first.output }] : await withFirstStage(asked, places.parts);
    for (const one of chain) {
      const isLater = one !== chain[0];
      // They need the same device: one after the other.
      const before = [...(planned.length > 0 ? [planned.length - 1] : []), ...(first && !isLater ? [first.at] : [])];
      planned.push({ kind: 'predict', request: one, after: [...new Set(before)] });
    }
    predicted.set(folder, { output: asked.output, at: planned.length - 1 });
  }
  if (request.isDryRun) return planned;
  const made = { models: members, folds, at: planned.length };
  return [...planned, ...stepsAfter([...predicted.values()], { request, places, steps: postprocessing, ...made })];
}

function configurationOf(folder: string): string {
  return parseModelFolderName(basename(folder))?.configuration ?? basename(folder);
}

/** A cascade's first stage that is a member itself is not predicted twice. */
async function firstStageAmong(
  folder: string,
  predicted: ReadonlyMap<string, PredictedStep>,
): Promise<PredictedStep | undefined> {
  const name = parseModelFolderName(basename(folder));
  if (!name || predicted.size === 0) return undefined;
  const { previous_stage: configuration } = (await readModel(folder)).configuration;
  return configuration ? predicted.get(join(dirname(folder), modelFolderName({ ...name, configuration }))) : undefined;
}
