/** How is a job called in lists? By what is done with what: "Preprocess Hippocampus 3d_fullres". */
import { basename, dirname } from 'node:path';
import { parseModelFolderName } from '../dataset/results';
import { isChoice } from '../pipeline/chosenModel';
import { counted } from '../words/counted';
import type { JobKind } from './job';
import type { JobRequests } from './requests';
import { trainingTitle } from './trainingJob';

const titles: { readonly [K in JobKind]: (request: JobRequests[K]) => string } = {
  sample: ({ folder }) => `Create ${basename(folder)}`,
  import: ({ source, name, isDryRun }) =>
    isDryRun ? `Look at ${basename(source)}` : `Import ${name ?? basename(source)}`,
  check: ({ dataset }) => `Check ${shortName(dataset)}`,
  fix: ({ dataset }) => `Fix ${shortName(dataset)}`,
  plan: ({ dataset, planner }) => `Plan ${shortName(dataset)}${planner === 'default' ? '' : ` with ${planner}`}`,
  preprocess: ({ dataset, configuration }) => `Preprocess ${shortName(dataset)} ${configuration}`,
  train: trainingTitle,
  predict: ({ models, input, isDryRun }) =>
    `${isDryRun ? 'Look at' : 'Predict'} ${pathsTitle(input, 'image')} with ${modelTitle(models)}`,
  evaluate: ({ predictionFolder }) => `Evaluate ${basename(predictionFolder)}`,
  validate: ({ dataset, configuration, fold }) => `Validate ${shortName(dataset)} ${configuration}, fold ${fold}`,
  'find-best': ({ dataset }) => `Find the best model of ${shortName(dataset)}`,
  ensemble: ({ folders }) => `Average ${folders.map((folder) => basename(folder)).join(' and ')}`,
  postprocess: ({ input }) => `Postprocess ${basename(input)}`,
  'determine-postprocessing': ({ predictionFolder }) => `Find the postprocessing of ${basename(predictionFolder)}`,
  report: ({ models }) => `Report on ${pathsTitle(models, 'model')}`,
  'export-model': ({ dataset, models, output }) =>
    `Export ${shortName(dataset)} ${models.map(({ configuration }) => configuration).join(', ')} as ${basename(output)}`,
  'import-model': ({ source }) => `Import the model in ${basename(source)}`,
  'dataset-card': ({ dataset }) => `Make the card of ${shortName(dataset)}`,
  volumes: ({ folder }) => `Measure the volumes in ${basename(folder)}`,
  'export-onnx': ({ modelFolder, output }) => `Export ${modelTitle([modelFolder])} as ${basename(output)}`,
};

export const jobKinds = Object.keys(titles) as JobKind[];

export function jobTitle<K extends JobKind>(kind: K, request: JobRequests[K]): string {
  return titles[kind](request);
}

function shortName(dataset: string): string {
  return dataset.replace(/^Dataset\d{3}_/, '');
}

function pathsTitle(paths: readonly string[], what: string): string {
  return paths.length === 1 ? basename(paths[0]!) : counted(paths.length, what);
}

/** "Hippocampus 3d_fullres" of nnU-Net's folders; .onnx files by their names. */
function modelTitle(models: readonly string[]): string {
  const [first = ''] = models;
  if (isChoice(first)) return `the best model of ${shortName(basename(dirname(first)))}`;
  const configuration = parseModelFolderName(basename(first))?.configuration;
  return configuration === undefined
    ? pathsTitle(models, 'model')
    : `${shortName(basename(dirname(first)))} ${configuration}`;
}
