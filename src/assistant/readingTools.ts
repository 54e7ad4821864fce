/** Which tools does an assistant have that change nothing? */
import type { Answer, Call } from './call';
import { configurationInput, datasetInput, foldForm, foldOf, plansInput, trainerInput } from './commonInputs';
import { recommendConfiguration } from './configurations';
import { describeDataset, listDatasetsFor } from './datasets';
import { listJobs } from './jobsState';
import { readCurve, type TrainingReference } from './trainings';
import { readingTool } from './tool';
import { worstCases } from './worstCases';

const trainingInputs = {
  dataset: datasetInput,
  configuration: configurationInput,
  fold: { type: 'string', description: 'the fold: "0" to "4", or "all"', pattern: foldForm },
  plans: plansInput,
  trainer: trainerInput,
} as const;

function ofTraining<T extends { fold: string }>(
  work: (call: Call, reference: Omit<T, 'fold'> & TrainingReference) => Promise<Answer>,
) {
  return (call: Call, input: T & Omit<TrainingReference, 'fold'>): Promise<Answer> =>
    work(call, { ...input, fold: foldOf(input.fold) });
}

export const readingTools = [
  readingTool({
    name: 'nnunet_list_datasets',
    title: 'List nnU-Net datasets',
    description:
      'Lists the medical segmentation datasets in the nnU-Net folders: number, name, cases, channels, labels, and what is trained already.',
    inputs: {},
    answer: (call) => listDatasetsFor(call),
  }),
  readingTool({
    name: 'nnunet_describe_dataset',
    title: 'Describe an nnU-Net dataset',
    description:
      'Tells what is in a dataset (cases, channels, labels, size and spacing of the images) and what is wrong with it. With readImages every image and label is read, which takes about a second for each case and finds wrong shapes, spacings, label values and duplicates.',
    inputs: {
      dataset: datasetInput,
      readImages: { type: 'boolean', description: 'also read every image and label (default false)', optional: true },
    },
    answer: describeDataset,
  }),
  readingTool({
    name: 'nnunet_recommend_configuration',
    title: 'Recommend what to train',
    description:
      'Tells which configurations of a dataset can be trained on this machine, which one is recommended and why, with time, memory and the lengths of training to choose from.',
    inputs: { dataset: datasetInput, plans: plansInput },
    answer: recommendConfiguration,
  }),
  readingTool({
    name: 'nnunet_list_jobs',
    title: 'List nnU-Net jobs',
    description:
      'Tells which trainings and other jobs run, wait (and for what) and have ended, with epoch, Dice, and why one failed.',
    inputs: { dataset: { ...datasetInput, optional: true } },
    answer: listJobs,
  }),
  readingTool({
    name: 'nnunet_worst_cases',
    title: 'Name the worst cases of a model',
    description:
      'Tells how good a model is: Dice of each label, and the cases where it is worst. Either of a trained fold, by its validation (give configuration and fold), or of a folder of predictions that were evaluated (give predictions). Cases have numbers in place of names unless the person allows names.',
    inputs: {
      ...trainingInputs,
      configuration: { ...configurationInput, optional: true },
      fold: { ...trainingInputs.fold, optional: true },
      predictions: {
        type: 'string',
        description: 'the whole path of a folder of predictions with a summary.json',
        optional: true,
      },
      count: { type: 'integer', description: 'how many cases (default 5)', minimum: 1, maximum: 100, optional: true },
    },
    answer: worstCases,
  }),
  readingTool({
    name: 'nnunet_read_curve',
    title: 'Read a training curve',
    description:
      'Tells how a training does or did: epoch, losses, pseudo Dice of each label, and notes in plain words (overfitting, still improving, a label that is not found, slower than usual).',
    inputs: trainingInputs,
    answer: ofTraining(readCurve),
  }),
];
