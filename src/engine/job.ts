/** Writes down what the native core is to do: the job of a training or a prediction, from plans, labels and options. */
import { augmentationPlan } from '../method/augmentationPlan';
import type { DatasetJson } from '../method/datasetJson';
import type { LabelManager } from '../method/labels';
import type { ArchKwargs } from '../method/networkPlan';
import type { Configuration, Plans, ResamplingKwargs } from '../method/plans';
import { EngineError } from '../method/errors';
import {
  foregroundShare,
  oversamplingProbability,
  type LossName,
  type OptimizerName,
  type TrainerSettings,
} from '../method/trainerVariants';
import { trainedWith, type TrainedWith } from '../method/trainedWith';

/** How a network is trained; what of nnU-Net's trainer classes is absent is as in the plain one. */
export interface TrainingSchedule extends Omit<TrainerSettings, 'learningRate'> {
  optimizer: OptimizerName;
  initialLearningRate: number;
  weightDecay: number;
  momentum: number;
  policy: 'poly' | 'cosine';
  /** Either a number of epochs … */
  epochs: number | null;
  /** … or the wall time that training may take; the learning rate falls over it. */
  budgetSeconds: number | null;
  iterationsPerEpoch: number;
  validationIterationsPerEpoch: number;
  /** Samples a step; absent: as planned. */
  batchSize?: number;
  /** Elastic deformation besides nnU-Net's augmentation; absent: none. */
  elastic?: boolean;
}

interface NetworkJob {
  className: string;
  archKwargs: ArchKwargs;
  inputChannels: number;
  outputChannels: number;
}

interface TrainJob {
  command: 'train';
  folder: string;
  dataFolder: string;
  previousStageFolder: string | null;
  trainCases: string[];
  valCases: string[];
  device: string;
  precision: string;
  threads: number;
  dataThreads: number;
  seed: number;
  network: NetworkJob;
  dims: 2 | 3;
  patchSize: number[];
  batchSize: number;
  batchDice: boolean;
  labels: { foreground: number[]; regions: number[][] | null; ignore: number | null; locationRequests: number[][] };
  maskChannels: boolean[];
  augmentation: {
    rotationDegrees: number;
    dummy2d: boolean;
    mirrorAxes: number[];
    initialPatchSize: number[];
    strong: boolean;
    nearestLabels: boolean;
    elastic: boolean;
    enabled: boolean;
  };
  schedule: {
    optimizer: OptimizerName;
    initialLearningRate: number;
    weightDecay: number;
    momentum: number;
    policy: 'poly' | 'cosine';
    warmupEpochs: number;
    epochs: number | null;
    budgetSeconds: number | null;
    iterationsPerEpoch: number;
    validationIterationsPerEpoch: number;
  };
  loss: LossName;
  deepSupervision: boolean;
  /** Kept in the checkpoints as it is: how the training goes on. */
  record: TrainingSchedule;
  /** Kept in the checkpoints, so that they tell which model they are of. */
  trainedWith: TrainedWith;
  oversampleForeground: number;
  probabilisticOversampling: boolean;
  checkpointIntervalSeconds: number;
  resume: string | null;
  pretrained: string | null;
  /** What is pretrained is used without its heads. */
  freshHeads: boolean;
}

export interface PredictCase {
  case: string;
  /** Preprocessed image, CASE.npy. */
  data: string;
  /** CASE.json: where it lies in the original image. */
  properties: string;
  /** Cascade: label map of the previous stage in the preprocessed geometry. */
  previousStage: string | null;
  /** Label map in the original array order, .npy. */
  output: string;
  probabilities: string | null;
  nextStage: NextStageOutput | null;
}

/** A cascade's input: this stage's labels in the geometry of the next stage's preprocessed case. */
export interface NextStageOutput {
  shape: number[];
  output: string;
}

export interface PredictJob {
  command: 'predict';
  device: string;
  precision: string;
  threads: number;
  network: NetworkJob;
  patchSize: number[];
  dims: 2 | 3;
  /** null: no mirroring. */
  mirrorAxes: number[] | null;
  stepSize: number;
  gaussian: boolean;
  /** One .safetensors file per fold. */
  checkpoints: string[];
  labels: { numHeads: number; foreground: number[]; regions: number[][] | null; regionsClassOrder: number[] | null };
  export: {
    configurationSpacing: number[];
    transposeForward: number[];
    transposeBackward: number[];
    resampling: { order: number; orderZ: number; forceSeparateZ: boolean | null };
  };
  cases: PredictCase[];
}

export interface ModelDescription {
  plans: Plans;
  configuration: Configuration;
  configurationName: string;
  datasetJson: DatasetJson;
  labels: LabelManager;
  imageChannels: number;
}

/** What nnU-Net's training does the same for every dataset. */
const checkpointIntervalSeconds = 30;

interface TrainJobOptions {
  folder: string;
  dataFolder: string;
  previousStageFolder?: string;
  trainCases: string[];
  valCases: string[];
  device: string;
  precision: string;
  threads: number;
  dataThreads: number;
  seed: number;
  schedule: TrainingSchedule;
  /** .safetensors to go on from. */
  resume?: string;
  /** .safetensors whose weights are the start, as far as it has them. */
  pretrained?: string;
  freshHeads?: boolean;
}

export function trainJob(model: ModelDescription, options: TrainJobOptions): TrainJob {
  const { configuration, labels } = model;
  const dims = dimensions(configuration);
  const { schedule } = options;
  const { batchSize = configuration.batch_size, elastic = false, oversampling } = schedule;
  return {
    command: 'train',
    folder: options.folder,
    dataFolder: options.dataFolder,
    previousStageFolder: options.previousStageFolder ?? null,
    trainCases: options.trainCases,
    valCases: options.valCases,
    device: options.device,
    precision: options.precision,
    threads: options.threads,
    dataThreads: options.dataThreads,
    seed: options.seed,
    network: networkJob(model),
    dims,
    patchSize: configuration.patch_size,
    batchSize,
    batchDice: configuration.batch_dice,
    labels: {
      foreground: labels.foregroundLabels,
      regions: labels.usesRegions ? labels.foregroundRegions : null,
      ignore: labels.ignoreLabel ?? null,
      locationRequests: labels.locationRequests(),
    },
    maskChannels: configuration.use_mask_for_norm,
    augmentation: { ...augmentationPlan(configuration.patch_size, schedule), elastic },
    schedule: {
      optimizer: schedule.optimizer,
      initialLearningRate: schedule.initialLearningRate,
      weightDecay: schedule.weightDecay,
      momentum: schedule.momentum,
      policy: schedule.policy,
      warmupEpochs: schedule.warmupEpochs ?? 0,
      epochs: schedule.epochs,
      budgetSeconds: schedule.budgetSeconds,
      iterationsPerEpoch: schedule.iterationsPerEpoch,
      validationIterationsPerEpoch: schedule.validationIterationsPerEpoch,
    },
    loss: schedule.loss ?? 'dice-ce',
    deepSupervision: schedule.deepSupervision ?? true,
    record: schedule,
    trainedWith: trainedWith(model),
    oversampleForeground:
      oversampling === undefined ? foregroundShare : oversamplingProbability(oversampling, batchSize),
    probabilisticOversampling: oversampling !== undefined,
    checkpointIntervalSeconds,
    resume: options.resume ?? null,
    pretrained: options.pretrained ?? null,
    freshHeads: options.freshHeads ?? true,
  };
}

interface PredictJobOptions {
  device: string;
  precision: string;
  threads: number;
  mirrorAxes: number[] | null;
  stepSize: number;
  checkpoints: string[];
  cases: PredictCase[];
}

export function predictJob(model: ModelDescription, options: PredictJobOptions): PredictJob {
  const { plans, configuration, labels } = model;
  return {
    command: 'predict',
    device: options.device,
    precision: options.precision,
    threads: options.threads,
    network: networkJob(model),
    patchSize: configuration.patch_size,
    dims: dimensions(configuration),
    mirrorAxes: options.mirrorAxes,
    stepSize: options.stepSize,
    gaussian: true,
    checkpoints: options.checkpoints,
    labels: {
      numHeads: labels.numHeads,
      foreground: labels.foregroundLabels,
      regions: labels.usesRegions ? labels.foregroundRegions : null,
      regionsClassOrder: labels.usesRegions ? labels.regionsClassOrder : null,
    },
    export: {
      configurationSpacing: configuration.spacing,
      transposeForward: [...plans.transpose_forward],
      transposeBackward: [...plans.transpose_backward],
      resampling: exportResampling(configuration),
    },
    cases: options.cases,
  };
}

export function dimensions(configuration: Configuration): 2 | 3 {
  return configuration.patch_size.length === 2 ? 2 : 3;
}

function networkJob({ configuration, labels, imageChannels }: ModelDescription): NetworkJob {
  const { network_class_name, arch_kwargs } = configuration.architecture;
  const isCascade = configuration.previous_stage !== undefined && configuration.previous_stage !== null;
  return {
    className: network_class_name,
    archKwargs: arch_kwargs,
    inputChannels: imageChannels + (isCascade ? labels.foregroundLabels.length : 0),
    outputChannels: labels.numHeads,
  };
}

function exportResampling(configuration: Configuration): PredictJob['export']['resampling'] {
  requireDefaultResampling(configuration.resampling_fn_probabilities);
  return resamplingSettings(configuration.resampling_fn_probabilities_kwargs);
}

/** @throws EngineError `resampling-unsupported` for nnU-Net's experimental resampling functions */
export function requireDefaultResampling(name: string): void {
  if (name === 'resample_data_or_seg_to_shape') return;
  throw new EngineError(
    'resampling-unsupported',
    `The plans ask for the resampling function "${name}", which is not supported`,
    {
      hint: 'Plan with the default, resample_data_or_seg_to_shape.',
    },
  );
}

/** Defaults as in nnU-Net's function. */
export function resamplingSettings(kwargs: ResamplingKwargs): {
  order: number;
  orderZ: number;
  forceSeparateZ: boolean | null;
} {
  return { order: kwargs.order ?? 3, orderZ: kwargs.order_z ?? 0, forceSeparateZ: kwargs.force_separate_z ?? null };
}
