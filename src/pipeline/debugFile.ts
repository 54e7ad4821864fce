/** debug.json: what a training was made of, under nnU-Net's names and as text, for people who look for them there. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TrainingSchedule } from '../engine/job';
import { writeFileAtomic } from '../storage/atomicFile';
import { augmentationPlan } from '../method/augmentationPlan';
import { stringifyJson } from '../method/jsonWriter';
import type { Split } from '../method/splits';
import { foregroundShare } from '../method/trainerVariants';
import type { Model } from './modelFolder';

/** Tells this file from nnU-Net's own. */
export const programName = 'nnU-Net for VS Code';

interface DebugFacts {
  request: {
    dataset: string;
    fold: number | 'all';
    trainer: string;
    plans: string;
    options: { device: string; precision: string };
  };
  model: Model;
  split: Split;
  schedule: TrainingSchedule;
  seed: number;
}

export async function writeDebugFile(
  foldFolder: string,
  { request, model, split, schedule, seed }: DebugFacts,
): Promise<void> {
  const { configuration, plans, labels } = model;
  const augmentation = augmentationPlan(configuration.patch_size, schedule);
  const facts: Record<string, unknown> = {
    batch_size: configuration.batch_size,
    configuration_manager: configuration,
    configuration_name: model.configurationName,
    dataset_json: model.datasetJson,
    device: request.options.device,
    enable_deep_supervision: schedule.deepSupervision ?? true,
    fold: request.fold,
    hostname: hostname(),
    inference_allowed_mirroring_axes: augmentation.mirrorAxes,
    initial_lr: schedule.initialLearningRate,
    is_cascaded: configuration.previous_stage !== undefined,
    num_epochs: schedule.epochs,
    num_input_channels: model.imageChannels + (configuration.previous_stage ? labels.foregroundLabels.length : 0),
    num_iterations_per_epoch: schedule.iterationsPerEpoch,
    num_val_iterations_per_epoch: schedule.validationIterationsPerEpoch,
    optimizer: schedule,
    oversample_foreground_percent: foregroundShare,
    probabilistic_oversampling: schedule.oversampling,
    output_folder: foldFolder,
    plans_manager: { ...plans, configurations: Object.keys(plans.configurations) },
    precision: request.options.precision,
    program: programName,
    seed,
    trainer: request.trainer,
    training_cases: split.train,
    validation_cases: split.val,
    weight_decay: schedule.weightDecay,
  };
  const texts = Object.entries(facts).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  await writeFileAtomic(join(foldFolder, 'debug.json'), stringifyJson(Object.fromEntries(texts), { sortKeys: true }));
}
