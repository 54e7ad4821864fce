/** Trained models as they lie in nnUNet_results: plans, labels and checkpoints of a tiny network, which fit each other. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { foldPaths, modelFolderName, modelPaths, type Fold } from '../../../src/dataset/results';
import { safetensorsToPth } from '../../../src/engine/checkpoint';
import { networkOf } from '../../../src/engine/checkpointFit';
import { networkTensors } from '../../../src/engine/parameterNames';
import { writeSafetensors, type TensorSource } from '../../../src/engine/safetensors';
import { readModelDatasetJson } from '../../../src/method/datasetJson';
import { readPlans } from '../../../src/method/plans';
import { readModel } from '../../../src/pipeline/modelFolder';
import { writeText } from '../dataset/scratch';
import { toyMetadata } from '../inference/toyModel';

interface TrainedOptions {
  folds?: readonly Fold[];
  /** Which forms of checkpoint_final each fold has. */
  forms?: readonly ('pth' | 'safetensors')[];
  epoch?: number;
  labels?: Record<string, number>;
  /** Of the configuration, in plans.json. */
  configuration?: object;
  trainer?: string;
}

/** Of Dataset001_Test, plans nnUNetPlans. @param results  nnUNet_results/Dataset001_Test */
export async function trainedModel(
  results: string,
  configuration: string,
  options: TrainedOptions = {},
): Promise<string> {
  const trainer = options.trainer ?? 'nnUNetTrainer';
  const folder = join(results, modelFolderName({ trainer, plans: 'nnUNetPlans', configuration }));
  const { plans: toyPlans, datasetJson: toyDataset } = toyMetadata({ labels: options.labels }) as unknown as Metadata;
  const [toy] = Object.values(toyPlans.configurations);
  const configurations = { [configuration]: { ...toy, ...options.configuration } };
  const plans = { ...toyPlans, dataset_name: 'Dataset001_Test', plans_name: 'nnUNetPlans', configurations };
  await writeText(modelPaths(folder).plans, plans);
  await writeText(modelPaths(folder).datasetJson, toyDataset);
  await writeText(modelPaths(folder).fingerprint, {});
  for (const fold of options.folds ?? [0, 1]) await writeFold(folder, configuration, fold, trainer, options);
  return folder;
}

interface Metadata {
  plans: { configurations: Record<string, object> };
  datasetJson: object;
}

async function writeFold(
  folder: string,
  configuration: string,
  fold: Fold,
  trainerName: string,
  { forms = ['pth'], epoch = 3 }: TrainedOptions,
): Promise<void> {
  const { plans, datasetJson, texts } = await readModel(folder, { configuration });
  const paths = foldPaths(modelPaths(folder).fold(fold));
  await mkdir(paths.validation, { recursive: true });
  await writeText(paths.debug, { fold: String(fold) });
  await writeText(paths.progressPicture, 'a picture');
  await writeText(paths.summary, { foreground_mean: { Dice: 0.5 } });
  await writeText(join(paths.validation, 'a.nii.gz'), 'a mask');
  await writeText(join(paths.validation, 'a.npz'), 'probabilities');
  const tensors = networkTensors(networkOf(plans, datasetJson, configuration)).tensors;
  const weights = new Map(
    tensors.map(({ name, shape }, at) => [name, tensor(shape, at + Number(fold === 'all' ? 9 : fold))]),
  );
  const ours = paths.checkpoint('final');
  await writeSafetensors(ours, { nnunet: JSON.stringify(stateAfter(epoch)) }, weights);
  await safetensorsToPth(ours, paths.checkpoint('final', 'pth'), {
    // As read from the files: floats stay floats.
    plans: readPlans(texts.plans, 'plans'),
    datasetJson: readModelDatasetJson(texts.datasetJson, 'dataset'),
    ...{ configuration, fold, trainerName, mirroringAxes: [0, 1, 2] },
  });
  if (!forms.includes('safetensors')) await rm(ours);
  if (!forms.includes('pth')) await rm(paths.checkpoint('final', 'pth'));
}

function tensor(shape: number[], seed: number): TensorSource {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, (_, at) => Math.sin(at * 1.7 + seed));
  return { dtype: 'float32', shape, read: () => Promise.resolve(new Uint8Array(values.buffer)) };
}

function stateAfter(epoch: number): object {
  const values = (value: unknown): unknown[] => Array.from({ length: epoch }, () => value);
  return {
    format: 1,
    epoch,
    history: {
      ...{ mean_fg_dice: values(0.5), ema_fg_dice: values(0.5), dice_per_class_or_region: values([0.5]) },
      ...{ train_losses: values(1), val_losses: values(1), lrs: values(0.01) },
      ...{ epoch_start_timestamps: values(1), epoch_end_timestamps: values(2) },
    },
    ...{ bestEma: 0.5, learningRate: 0.01, initialLearningRate: 0.01, optimizer: 'sgd', momentum: 0.99 },
    ...{ weightDecay: 3e-5, adamStep: 0, gradScaler: null, seed: 1, rng: null, schedule: null, elapsedSeconds: 1 },
  };
}
