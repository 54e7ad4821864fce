/** Which jobs can an assistant start, once the person agrees? */
import { counted } from '../words/counted';
import { basename, dirname, join } from 'node:path';
import type { DatasetReference } from '../dataset/references';
import { rawPaths } from '../dataset/rawDataset';
import {
  defaultTrainer,
  listCheckpoints,
  listModels,
  predictionsFolderName,
  type ModelFolder,
} from '../dataset/results';
import { datasetRequest } from '../jobs/datasetRequest';
import { foldFolder, type RunRequest } from '../jobs/runFolder';
import { trainingJobs } from '../jobs/trainingJobs';
import { EngineError, UsageError } from '../method/errors';
import { defaultPlansName } from '../pipeline/plan';
import { requireConfiguration } from '../pipeline/requireConfiguration';
import { requireEngine } from '../pipeline/requireEngine';
import { foldTitle } from '../runs/describe';
import { describeLength, fullEpochs, trainingRequests, type TrainingLength } from '../runs/trainingChoices';
import { exists } from '../storage/exists';
import type { Call } from './call';
import {
  configurationInput,
  datasetInput,
  foldForm,
  foldOf,
  folderOf,
  placeOf,
  plansInput,
  trainerInput,
} from './commonInputs';
import { learnPaths } from './datasetNames';
import { launchWords, proposalOf, submitted } from './submitting';
import { startingTool, type Proposal } from './tool';

const foldsInput = {
  type: 'array',
  description: 'the folds, for example ["0"], ["0","1","2","3","4"] or ["all"]',
  items: { type: 'string', pattern: foldForm },
  minItems: 1,
  optional: true,
} as const;

const confirmed = ' The person is asked before anything starts.';

export const startingTools = [
  startingTool({
    name: 'nnunet_start_training',
    title: 'Start an nnU-Net training',
    description: `Trains folds of a configuration: plans and preprocesses what is missing, trains, validates. Without epochs or minutes it trains ${counted(fullEpochs, 'epoch')}, as nnU-Net does, which takes days without a GPU.${confirmed}`,
    inputs: {
      dataset: datasetInput,
      configuration: configurationInput,
      folds: { ...foldsInput, description: `${foldsInput.description} (default ["0"])` },
      epochs: { type: 'integer', description: 'length in epochs', minimum: 1, maximum: 1000000, optional: true },
      minutes: {
        type: 'integer',
        description: 'length in minutes instead',
        minimum: 1,
        maximum: 1000000,
        optional: true,
      },
      plans: plansInput,
      resume: {
        type: 'boolean',
        description: 'go on with a training that was stopped (default false)',
        optional: true,
      },
    },
    async plan(
      call,
      { configuration, folds = ['0'], epochs, minutes, plans = defaultPlansName, resume = false, ...input },
    ) {
      const dataset = await call.dataset(input.dataset);
      await requireConfiguration(dataset, plans, configuration);
      const length = lengthOf(epochs, minutes);
      const requests = trainingRequests(
        dataset,
        { configuration, length, folds: folds.map(foldOf), plans },
        { resume },
      );
      const trained = await trainedAlready(requests);
      const where = call.settings.launch();
      const { details, options } = launchWords(where);
      const title = `${dataset.folderName} ${configuration}, ${requests.map(({ fold }) => foldTitle(fold)).join(', ')}`;
      return {
        question: `Train ${title}?`,
        details: [
          ...whereItLies(call, dataset),
          `${describeLength(length)}${requests.length > 1 ? ' for each fold' : ''}${resume ? ', going on where it was stopped' : ''}.`,
          ...(trained.length > 0 && !resume
            ? [`${trained.map(foldTitle).join(', ')} was trained before: its files go to the folder earlier_runs.`]
            : []),
          'It takes its turn behind what runs already, and can be stopped at any time.',
          ...details,
        ],
        command: [
          `nnunet train ${dataset.id} -c ${configuration} -f ${folds.join(' ')}`,
          'epochs' in length ? `--epochs ${length.epochs}` : `--budget ${minutes}m`,
          ...(plans === defaultPlansName ? [] : [`--plans ${plans}`]),
          ...(resume ? ['--resume'] : []),
          ...options,
        ].join(' '),
        async start(starter) {
          if (where.launcher === 'local') await requireEngine('auto');
          const { results } = call.roots;
          return submitted(results, await trainingJobs(results, requests, where), starter);
        },
      };
    },
  }),
  startingTool({
    name: 'nnunet_start_preprocessing',
    title: 'Start nnU-Net preprocessing',
    description: `Brings all cases of a dataset into the form that a configuration trains on; measures and plans first where that is missing. A training does this by itself.${confirmed}`,
    inputs: { dataset: datasetInput, configuration: configurationInput, plans: plansInput },
    async plan(call, { configuration, plans = defaultPlansName, ...input }) {
      const dataset = await call.dataset(input.dataset);
      await requireConfiguration(dataset, plans, configuration);
      return proposalOf(
        call,
        'preprocess',
        { ...datasetRequest(dataset), configuration, plans },
        {
          question: `Preprocess ${dataset.folderName} for ${configuration}?`,
          details: [...whereItLies(call, dataset), 'Cases that are up to date are left as they are.'],
          command: [
            `nnunet preprocess ${dataset.id} -c ${configuration}`,
            ...(plans === defaultPlansName ? [] : [`--plans ${plans}`]),
          ].join(' '),
        },
      );
    },
  }),
  startingTool({
    name: 'nnunet_start_prediction',
    title: 'Start an nnU-Net prediction',
    description: `Segments new images with a trained model of a dataset and writes a mask for each.${confirmed}`,
    inputs: {
      dataset: datasetInput,
      configuration: configurationInput,
      images: { type: 'string', description: 'the whole path of the folder of images, as the person gave it' },
      output: {
        type: 'string',
        description: 'the whole path of the folder for the masks (default: one in nnUNet_predictions)',
        optional: true,
      },
      folds: { ...foldsInput, description: `${foldsInput.description} (default: every fold that is trained)` },
      plans: plansInput,
      trainer: trainerInput,
    },
    plan: planPrediction,
  }),
  startingTool({
    name: 'nnunet_start_evaluation',
    title: 'Start an nnU-Net evaluation',
    description: `Measures predictions against reference labels: Dice of each label and case, in a summary.json beside the predictions.${confirmed}`,
    inputs: {
      dataset: datasetInput,
      predictions: { type: 'string', description: 'the whole path of the folder of predictions' },
      references: {
        type: 'string',
        description: 'the whole path of the folder of true labels (default: labelsTs of the dataset, else labelsTr)',
        optional: true,
      },
    },
    async plan(call, input) {
      const dataset = await call.dataset(input.dataset);
      const predictionFolder = await folderOf(input.predictions);
      const { labels, testLabels, datasetJson } = rawPaths(dataset.raw);
      const ofDataset = (await exists(testLabels)) ? testLabels : labels;
      const referenceFolder = input.references === undefined ? ofDataset : await folderOf(input.references);
      for (const folder of [predictionFolder, referenceFolder]) await call.folder(folder);
      const output = join(predictionFolder, 'summary.json');
      return proposalOf(
        call,
        'evaluate',
        { referenceFolder, predictionFolder, datasetJson, output },
        {
          question: `Evaluate predictions of ${dataset.folderName}?`,
          details: [`Predictions: ${predictionFolder}`, `Reference: ${referenceFolder}`, `Result: ${output}`],
          command: 'nnunet evaluate REFERENCE_DIR PREDICTION_DIR',
        },
      );
    },
  }),
];

/** Where the workspace has several folders. */
function whereItLies({ settings }: Call, { raw }: DatasetReference): string[] {
  return settings.roots.length > 1 ? [`The dataset is ${raw}.`] : [];
}

interface PredictionInput {
  dataset: string;
  configuration: string;
  images: string;
  output?: string;
  folds?: string[];
  plans?: string;
  trainer?: string;
}

async function planPrediction(call: Call, input: PredictionInput): Promise<Proposal> {
  const dataset = await call.dataset(input.dataset);
  const model = await modelOf(dataset, input);
  const images = await folderOf(input.images);
  await call.folder(images);
  const output = input.output === undefined ? freePlace(call, dataset, images, model) : placeOf(input.output);
  learnPaths(call.names, [output]);
  const folds = input.folds?.map(foldOf);
  return proposalOf(
    call,
    'predict',
    {
      models: [model.folder],
      input: [images],
      output,
      ...(folds && { folds }),
      mirroring: true,
      stepSize: 0.5,
      device: 'auto',
      precision: 'auto',
    },
    {
      question: `Predict with ${dataset.folderName} ${model.configuration}?`,
      details: [
        `Images: ${images}`,
        `Masks: ${output}`,
        `Folds: ${folds?.join(', ') ?? 'every fold that is trained'}.`,
      ],
      command: `nnunet predict -m ${[basename(dirname(model.folder)), basename(model.folder)].join('/')} -i IMAGES -o MASKS`,
    },
  );
}

/** @throws EngineError `model-unknown` */
async function modelOf(
  dataset: DatasetReference,
  { configuration, plans = defaultPlansName, trainer = defaultTrainer }: PredictionInput,
): Promise<ModelFolder> {
  const models = await listModels(dataset.results);
  const model = models.find(
    (one) => one.configuration === configuration && one.plans === plans && one.trainer === trainer,
  );
  const trained = model && (await Promise.all(model.folds.map(({ folder }) => listCheckpoints(folder)))).flat();
  if (model && trained!.length > 0) return model;
  const names = models.map((one) => `${one.configuration} (${one.plans}, ${one.trainer})`);
  throw new EngineError('model-unknown', `There is no trained model ${configuration} of ${dataset.folderName}`, {
    hint: names.length > 0 ? `Begun or trained: ${names.join(', ')}.` : 'Train one first.',
  });
}

/** In nnUNet_predictions, beside the results, as in VS Code. */
function freePlace({ roots }: Call, { folderName }: DatasetReference, images: string, model: ModelFolder): string {
  return join(dirname(roots.results), predictionsFolderName, folderName, `${basename(images)}_${model.configuration}`);
}

function lengthOf(epochs: number | undefined, minutes: number | undefined): TrainingLength {
  if (epochs !== undefined && minutes !== undefined) {
    throw new UsageError('conflicting-lengths', 'Both epochs and minutes were given', { hint: 'Give one of them.' });
  }
  return minutes === undefined ? { epochs: epochs ?? fullEpochs } : { budgetSeconds: minutes * 60 };
}

async function trainedAlready(requests: readonly RunRequest[]): Promise<RunRequest['fold'][]> {
  const found = await Promise.all(
    requests.map(async (request) => ((await listCheckpoints(foldFolder(request))).length > 0 ? [request.fold] : [])),
  );
  return found.flat();
}
