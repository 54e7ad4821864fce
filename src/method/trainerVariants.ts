/**
 * Which of nnU-Net's trainer classes trains with these settings, and what are the settings of a class?
 * Source: nnU-Net 2.8.1, nnunetv2/training/nnUNetTrainer/variants.
 */
import { UsageError } from './errors';
import { roundHalfEven } from './rounding';

export const optimizerNames = ['sgd', 'adamw', 'amsgrad', 'adam'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

export const policyNames = ['poly', 'cosine'] as const;

/** Dice and cross entropy; one of them; without smoothing; over the tenth of the voxels that is hardest. */
export const lossNames = ['dice-ce', 'dice', 'ce', 'dice-ce-no-smooth', 'topk', 'topk-smoothed', 'dice-topk'] as const;
export type LossName = (typeof lossNames)[number];

/** Along which axes patches are mirrored, in training and in prediction. */
export const mirroringNames = ['all', 'first-two', 'none'] as const;

/** `nearest-labels`: turned label maps take the nearest voxel's label. `no-dummy-2d`: thin patches are turned in 3D, too. */
export const augmentationNames = [
  'default',
  'none',
  'strong',
  'strong-nearest-labels',
  'nearest-labels',
  'no-dummy-2d',
] as const;

/** Instance normalisation as planned, or batch normalisation. */
export const normalizationNames = ['instance', 'batch'] as const;

/** What nnU-Net makes classes of. Absent: as its plain trainer does it. */
export interface TrainerSettings {
  optimizer?: OptimizerName;
  /** At the start, or after the warm-up. */
  learningRate?: number;
  policy?: (typeof policyNames)[number];
  warmupEpochs?: number;
  loss?: LossName;
  mirroring?: (typeof mirroringNames)[number];
  augmentation?: (typeof augmentationNames)[number];
  /** Also the coarser outputs of the decoder have a loss. */
  deepSupervision?: boolean;
  /**
   * Each sample shows foreground with this probability, in place of a fixed third of the batch; `as-planned`: with the probability
   * that this third comes to.
   */
  oversampling?: number | 'as-planned';
  normalization?: (typeof normalizationNames)[number];
}

interface TrainerClass {
  settings: TrainerSettings;
  /** That the name promises; absent: 1000. */
  epochs?: number;
}

/** Of each batch, the last samples: nnU-Net's default. */
export const foregroundShare = 0.33;

export const plainTrainer = 'nnUNetTrainer';
const batchNormTrainer = 'nnUNetTrainerBN';

/** Rates that a training starts with where none is asked for. */
export const learningRates: Readonly<Record<OptimizerName, number>> = {
  sgd: 1e-2,
  adamw: 1e-3,
  amsgrad: 1e-3,
  adam: 1e-3,
};

const lengths = [1, 5, 10, 20, 50, 100, 250, 500, 750, 2000, 4000, 8000];

const classes: ReadonlyMap<string, TrainerClass> = new Map<string, TrainerClass>([
  [plainTrainer, { settings: {} }],
  ...lengths.map((epochs): [string, TrainerClass] => [
    `${plainTrainer}_${epochs}epoch${epochs === 1 ? '' : 's'}`,
    { settings: {}, epochs },
  ]),
  ['nnUNetTrainerNoMirroring', { settings: { mirroring: 'none' } }],
  ...[250, 2000, 4000, 8000].map((epochs): [string, TrainerClass] => [
    `${plainTrainer}_${epochs}epochs_NoMirroring`,
    { settings: { mirroring: 'none' }, epochs },
  ]),
  ['nnUNetTrainer_onlyMirror01', { settings: { mirroring: 'first-two' } }],
  ['nnUNetTrainer_onlyMirror01_1500ep', { settings: { mirroring: 'first-two' }, epochs: 1500 }],
  ['nnUNetTrainerNoDA', { settings: { augmentation: 'none' } }],
  ['nnUNetTrainer_noDummy2DDA', { settings: { augmentation: 'no-dummy-2d' } }],
  ['nnUNetTrainer_DASegOrd0', { settings: { augmentation: 'nearest-labels' } }],
  ['nnUNetTrainer_DASegOrd0_NoMirroring', { settings: { augmentation: 'nearest-labels', mirroring: 'none' } }],
  ['nnUNetTrainer_onlyMirror01_DASegOrd0', { settings: { augmentation: 'nearest-labels', mirroring: 'first-two' } }],
  ['nnUNetTrainerDA5', { settings: { augmentation: 'strong' } }],
  ['nnUNetTrainerDA5_10epochs', { settings: { augmentation: 'strong' }, epochs: 10 }],
  ['nnUNetTrainerDA5Segord0', { settings: { augmentation: 'strong-nearest-labels' } }],
  ['nnUNetTrainer_onlyMirror01_DA5', { settings: { augmentation: 'strong', mirroring: 'first-two' } }],
  ['nnUNetTrainerDiceLoss', { settings: { loss: 'dice' } }],
  ['nnUNetTrainerCELoss', { settings: { loss: 'ce' } }],
  ['nnUNetTrainerCELoss_5epochs', { settings: { loss: 'ce' }, epochs: 5 }],
  ['nnUNetTrainerDiceCELoss_noSmooth', { settings: { loss: 'dice-ce-no-smooth' } }],
  ['nnUNetTrainerTopk10Loss', { settings: { loss: 'topk' } }],
  ['nnUNetTrainerTopk10LossLS01', { settings: { loss: 'topk-smoothed' } }],
  ['nnUNetTrainerDiceTopK10Loss', { settings: { loss: 'dice-topk' } }],
  [batchNormTrainer, { settings: { normalization: 'batch' } }],
  ['nnUNetTrainerNoDeepSupervision', { settings: { deepSupervision: false } }],
  ['nnUNetTrainerAdam', { settings: { optimizer: 'amsgrad', learningRate: 1e-2 } }],
  ['nnUNetTrainerAdam1en3', { settings: { optimizer: 'amsgrad', learningRate: 1e-3 } }],
  ['nnUNetTrainerAdam3en4', { settings: { optimizer: 'amsgrad', learningRate: 3e-4 } }],
  ['nnUNetTrainerVanillaAdam', { settings: { optimizer: 'adam', learningRate: 1e-2 } }],
  ['nnUNetTrainerVanillaAdam1en3', { settings: { optimizer: 'adam', learningRate: 1e-3 } }],
  ['nnUNetTrainerVanillaAdam3en4', { settings: { optimizer: 'adam', learningRate: 3e-4 } }],
  ['nnUNetTrainerCosAnneal', { settings: { policy: 'cosine' } }],
  ['nnUNetTrainer_warmup', { settings: { warmupEpochs: 50 } }],
  ['nnUNetTrainer_probabilisticOversampling', { settings: { oversampling: 'as-planned' } }],
  ['nnUNetTrainer_probabilisticOversampling_033', { settings: { oversampling: 0.33 } }],
  ['nnUNetTrainer_probabilisticOversampling_010', { settings: { oversampling: 0.1 } }],
]);

/** The classes that are trained here, in the order of nnU-Net's variants. */
export const trainerNames: readonly string[] = [...classes.keys()];

/** @returns undefined for a class that is not trained here */
export function trainerClass(name: string): TrainerClass | undefined {
  return classes.get(name);
}

/** @throws UsageError `trainer-unknown` */
export function requireTrainer(name: string): TrainerClass {
  const known = classes.get(name);
  if (known) return known;
  throw new UsageError('trainer-unknown', `The trainer ${name} is not known here`, {
    hint: `Known are ${trainerNames.join(', ')}.`,
  });
}

/** The settings of a class, with those that are asked for in their place. */
export function settingsWith(trainer: string, asked: TrainerSettings): TrainerSettings {
  const own = classes.get(trainer)?.settings ?? {};
  const given = settingKeys.filter((key) => asked[key] !== undefined);
  return { ...own, ...Object.fromEntries(given.map((key) => [key, asked[key]])) };
}

export const settingKeys = [
  'optimizer',
  'learningRate',
  'policy',
  'warmupEpochs',
  'loss',
  'mirroring',
  'augmentation',
  'deepSupervision',
  'oversampling',
  'normalization',
] as const satisfies readonly (keyof TrainerSettings)[];

/** Without what is as in the plain trainer. */
export function distinctSettings(settings: TrainerSettings): TrainerSettings {
  const { optimizer = 'sgd', augmentation, mirroring = 'all' } = settings;
  const plain: Required<TrainerSettings> = {
    optimizer: 'sgd',
    learningRate: learningRates[optimizer],
    policy: 'poly',
    warmupEpochs: 0,
    loss: 'dice-ce',
    // Without augmentation nothing is mirrored, whatever is asked for.
    mirroring: augmentation === 'none' ? mirroring : 'all',
    augmentation: 'default',
    deepSupervision: true,
    oversampling: 0,
    normalization: 'instance',
  };
  const distinct = settingKeys.filter((key) => settings[key] !== undefined && settings[key] !== plain[key]);
  return Object.fromEntries(distinct.map((key) => [key, settings[key]]));
}

/**
 * The class that nnU-Net would continue this training with, whatever its length: a training can be made longer, and its folder stays.
 * Where no class has just these settings, the plain trainer's name, or that of the one with batch normalisation, whose network nnU-Net
 * would not make otherwise.
 * @param asked  in place of what `trainer` does
 */
export function trainerFor(asked: TrainerSettings, trainer: string = plainTrainer): { name: string; isExact: boolean } {
  const wanted = distinctSettings(settingsWith(trainer, asked));
  const isWanted = (name: string): boolean => same(distinctSettings(classes.get(name)?.settings ?? {}), wanted);
  if (isWanted(trainer)) return { name: trainer, isExact: true };
  const exact = trainerNames.find((name) => classes.get(name)!.epochs === undefined && isWanted(name));
  if (exact !== undefined) return { name: exact, isExact: true };
  return { name: wanted.normalization === 'batch' ? batchNormTrainer : plainTrainer, isExact: false };
}

function same(a: TrainerSettings, b: TrainerSettings): boolean {
  return settingKeys.every((key) => a[key] === b[key]);
}

/** The probability with which a sample is made to show foreground where a fixed share of each batch would be. */
export function oversamplingProbability(oversampling: number | 'as-planned', batchSize: number): number {
  if (oversampling !== 'as-planned') return oversampling;
  return (batchSize - roundHalfEven(batchSize * (1 - foregroundShare))) / batchSize;
}
