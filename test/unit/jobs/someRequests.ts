/** What each kind of job may be asked for: one of each kind, with all that can be said. */
import { rootsBelow } from '../../../src/dataset/roots';
import type { JobKind } from '../../../src/jobs/job';
import type { JobRequests } from '../../../src/jobs/requests';

export const someRoots = rootsBelow('/data/my scans');
export const someDataset = 'Dataset004_Hippocampus';
const folders = {
  raw: `${someRoots.raw}/${someDataset}`,
  preprocessed: `${someRoots.preprocessed}/${someDataset}`,
  results: `${someRoots.results}/${someDataset}`,
};
const model = `${folders.results}/nnUNetTrainer__nnUNetPlans__3d_fullres`;

export const someRequests: { [K in JobKind]: JobRequests[K] } = {
  sample: { folder: '/data/s', cases: 4, testCases: 2, seed: 7, modality: 'mr', anisotropic: true },
  import: { source: "/data/Anna's scans", rawRoot: someRoots.raw, id: 5, name: 'Liver' },
  check: { dataset: someDataset, folders, workers: 2 },
  fix: { dataset: someDataset, folders },
  plan: { dataset: someDataset, folders, planner: 'resenc-l', gpuMemoryGb: 24 },
  preprocess: { dataset: someDataset, folders, configuration: '2d', plans: 'nnUNetPlans', workers: 3 },
  train: {
    ...{
      dataset: someDataset,
      folders,
      configuration: '3d_fullres',
      fold: 'all',
      plans: 'nnUNetPlans',
      trainer: 'nnUNetTrainerBN',
    },
    options: {
      ...{ budgetSeconds: 900, iterationsPerEpoch: 50, optimizer: 'adamw', learningRate: 0.001, policy: 'cosine' },
      ...{ warmupEpochs: 3, loss: 'dice', mirroring: 'none', augmentation: 'nearest-labels', oversampling: 0.5 },
      ...{ deepSupervision: false, normalization: 'batch' },
      ...{ batchSize: 2, elastic: true, device: 'cuda:1', precision: 'bf16', seed: 3, threads: 4, workers: 5 },
      ...{ npz: true, validate: false, resume: true, checkpoint: 'best', prepareNextStage: true },
    },
  },
  predict: {
    ...{
      models: [model],
      input: ['/a/b.nii.gz', '/a/c.nii.gz'],
      output: '/a/masks',
      folds: [0, 1],
      checkpoint: 'best',
    },
    ...{ engine: 'onnx', provider: 'cpu', mirroring: false, stepSize: 0.25, saveProbabilities: true, device: 'cpu' },
    ...{ precision: 'auto', threads: 2, workers: 1, skipExisting: true, previousStageFolder: '/a/low', isDryRun: true },
  },
  evaluate: {
    ...{ referenceFolder: '/a/labels', predictionFolder: `${model}/../../x/Dataset004_Hippocampus/2d` },
    ...{ datasetJson: '/a/dataset.json', output: '/a/summary.json', byVoxel: true, workers: 2 },
  },
  validate: {
    ...{ dataset: someDataset, folders, trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration: '2d', fold: 3 },
    ...{ saveProbabilities: true, device: 'cpu', precision: 'auto', workers: 2 },
  },
  'find-best': {
    models: ['2d', '3d_fullres'].map((configuration) => ({
      ...{ trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration },
    })),
    ...{ dataset: someDataset, folders, folds: [0, 1], ensembling: false, workers: 2 },
  },
  ensemble: { folders: ['/a/one', '/a/two'], output: '/a/both', saveProbabilities: true, workers: 2 },
  postprocess: { input: '/a/masks', output: '/a/better', steps: '/a/postprocessing.pkl', plans: '/a/plans.json' },
  'determine-postprocessing': { predictionFolder: '/a/masks', referenceFolder: '/a/labels', datasetJson: '/a/d.json' },
  report: {
    models: ['/a/Dataset004_Hippocampus/2d', '/a/3d'],
    ...{ output: '/a/report', rawRoot: '/a/raw', preprocessedRoot: '/a/pre', surface: { tolerance: 2 }, pictures: 3 },
  },
  'export-model': {
    models: ['2d', '3d_fullres'].map((configuration) => ({
      ...{ trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration },
    })),
    ...{ dataset: someDataset, folders, folds: [0, 1], checkpoint: 'best', output: '/a/m.zip', withMasks: true },
  },
  'import-model': { source: '/a/m.zip', dataset: someDataset, roots: someRoots },
  'dataset-card': { dataset: someDataset, folders, pictures: 3 },
  volumes: { folder: '/a/masks', datasetJson: '/a/dataset.json', rawRoot: '/a/raw', preprocessedRoot: '/a/pre' },
  'export-onnx': {
    ...{
      modelFolder: model,
      folds: [0],
      checkpoint: 'final',
      output: '/a/m.onnx',
      precision: 'int8',
      calibrate: ['/a/i'],
    },
    ...{ target: 'cpu', licence: 'CC0', author: 'Anna', description: 'Finds "it"', previousStageFolder: '/a/low' },
  },
};
