/** Where do the plans still lie that a fold was trained with, when those in its model folder are others? */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { foldPaths, modelPaths } from '../dataset/results';
import { NnunetError } from '../method/errors';
import { differences, trainedWith, type TrainedWith } from '../method/trainedWith';
import { exists } from '../storage/exists';
import { modelOf, type Model } from './modelFolder';

/** @returns a sentence that names the file */
export async function whereRightPlansAre(
  model: Model,
  training: TrainedWith,
  foldFolder: string,
): Promise<string | undefined> {
  const { plans, datasetJson } = modelPaths(model.folder);
  for (const candidate of await candidates(model.folder)) {
    if (candidate !== plans && (await isOfTraining({ plans: candidate, datasetJson }, model, training)))
      return `They are still in ${candidate}: copy it to ${plans}.`;
  }
  const pth = foldPaths(foldFolder).checkpoint('final', 'pth');
  return (await exists(pth)) ? `${pth} holds them, as init_args["plans"] of what torch.load gives.` : undefined;
}

/** The dataset's plans beside the results, and those of its other models. */
async function candidates(modelFolder: string): Promise<string[]> {
  const dataset = dirname(modelFolder);
  const preprocessed = join(dirname(dirname(dataset)), 'nnUNet_preprocessed', basename(dataset));
  const planned = (await namesIn(preprocessed))
    .filter((name) => name.endsWith('.json') && !name.startsWith('dataset') && !name.startsWith('splits'))
    .map((name) => join(preprocessed, name));
  const models = (await namesIn(dataset)).map((name) => modelPaths(join(dataset, name)).plans);
  return [...planned, ...models];
}

async function isOfTraining(
  files: { plans: string; datasetJson: string },
  { folder, configurationName }: Model,
  training: TrainedWith,
): Promise<boolean> {
  if (!(await exists(files.plans))) return false;
  try {
    const found = trainedWith(await modelOf(folder, files, configurationName));
    return differences(training, found).length === 0;
  } catch (error) {
    // Whatever it is, it is not these plans.
    if (error instanceof NnunetError) return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [] as string[])).sort();
}
