/** Chooses how a network is trained from how long the person lets it: nnU-Net's recipe at full length, a faster one for short budgets. */
import type { TrainingSchedule } from '../engine/job';
import { EngineError, UsageError } from '../method/errors';
import { counted } from '../words/counted';
import {
  distinctSettings,
  learningRates,
  plainTrainer,
  settingsWith,
  trainerClass,
  type TrainerSettings,
} from '../method/trainerVariants';

interface TrainingLength {
  epochs?: number;
  budgetSeconds?: number;
  iterationsPerEpoch?: number;
}

/** What a person may ask for besides the length; absent: decided here. */
interface TrainingChoices extends TrainingLength, TrainerSettings {
  /** nnU-Net's class, whose settings hold where nothing else is asked for. */
  trainer?: string;
  batchSize?: number;
  elastic?: boolean;
}

/** What the plans say of one training step. */
interface PlannedStep {
  batchSize: number;
  patchSize: readonly number[];
}

interface TrainingRecipe {
  schedule: TrainingSchedule;
  /** Why this one; stands in run.json. */
  reason: string;
}

const fullEpochs = 1000;
const fullIterations = 250;
const shortBudgetSeconds = 2 * 3600;
/** So that a short training has enough epochs for a curve. */
const shortBudgetIterations = 50;
/** Voxels that a step of a short training sees at most, unless two samples have more: about half a second on two cores. */
const shortBudgetVoxels = 180_000;

export function trainingRecipe(choices: TrainingChoices, planned?: PlannedStep): TrainingRecipe {
  const { trainer = plainTrainer, budgetSeconds } = choices;
  const settings = settingsWith(trainer, choices);
  const epochs = choices.epochs ?? trainerClass(trainer)?.epochs ?? fullEpochs;
  const isShort = budgetSeconds !== undefined && budgetSeconds < shortBudgetSeconds;
  const iterations = choices.iterationsPerEpoch ?? (isShort ? shortBudgetIterations : fullIterations);
  const optimizer = settings.optimizer ?? (isShort ? 'adamw' : 'sgd');
  // Only what is not as in the plain trainer is noted down.
  const { learningRate: _rate, optimizer: _optimizer, policy: _policy, ...distinct } = distinctSettings(settings);
  const schedule: TrainingSchedule = {
    ...distinct,
    optimizer,
    initialLearningRate: settings.learningRate ?? learningRates[optimizer],
    weightDecay: 3e-5,
    momentum: optimizer === 'sgd' ? 0.99 : 0.9,
    policy: settings.policy ?? 'poly',
    epochs: budgetSeconds === undefined ? epochs : null,
    budgetSeconds: budgetSeconds ?? null,
    iterationsPerEpoch: iterations,
    validationIterationsPerEpoch: Math.max(1, Math.round(iterations / 5)),
  };
  const batchSize = choices.batchSize ?? (isShort && planned ? shortBatchSize(planned) : undefined);
  if (batchSize !== undefined && batchSize !== planned?.batchSize) schedule.batchSize = batchSize;
  if (choices.elastic) schedule.elastic = true;
  requireRoomForWarmup(schedule);
  return {
    schedule,
    reason: isShort
      ? 'Budget under two hours: many small steps of AdamW learn more in that time than few large ones of SGD with momentum 0.99.'
      : "nnU-Net's own recipe, where nothing else was asked for.",
  };
}

/** @throws UsageError `warmup-too-long` */
function requireRoomForWarmup({ warmupEpochs = 0, epochs }: TrainingSchedule): void {
  if (epochs === null || warmupEpochs < epochs) return;
  throw new UsageError(
    'warmup-too-long',
    `The learning rate would rise for ${counted(warmupEpochs, 'epoch')}, but the training has ${counted(epochs, 'epoch')}`,
    { hint: 'Give --warmup a smaller number, or train for longer.' },
  );
}

/** @throws EngineError `loss-compares-labels` for regions, which overlap, and a loss that knows one label for each voxel */
export function requireLossFits(loss: TrainerSettings['loss'], usesRegions: boolean): void {
  if (!usesRegions || loss === undefined || lossesOfRegions.has(loss)) return;
  throw new EngineError(
    'loss-compares-labels',
    `The loss "${loss}" compares labels, and this dataset has regions that overlap`,
    { hint: `Choose one of ${[...lossesOfRegions].join(', ')}.` },
  );
}

const lossesOfRegions = new Set<TrainerSettings['loss']>(['dice-ce', 'dice', 'dice-ce-no-smooth']);

/** Fewer samples than planned where a step would see many voxels; two at least, or what is planned. */
function shortBatchSize({ batchSize, patchSize }: PlannedStep): number {
  const patchVoxels = patchSize.reduce((product, size) => product * size, 1);
  return Math.min(batchSize, Math.max(2, Math.round(shortBudgetVoxels / patchVoxels)));
}

/**
 * How a training goes on.
 * @param before  its schedule so far; undefined for one that nnU-Net itself began
 * @param options  epochs: the new total. budgetSeconds: time from now on. Neither: what is left of the earlier length
 */
export function resumedSchedule(
  before: TrainingSchedule | undefined,
  options: TrainingLength & { trainer?: string },
  { epoch, elapsedSeconds }: { epoch: number; elapsedSeconds: number },
): TrainingRecipe {
  const base = before ?? trainingRecipe({ trainer: options.trainer }).schedule;
  const iterations = options.iterationsPerEpoch ?? base.iterationsPerEpoch;
  const schedule: TrainingSchedule = {
    ...base,
    iterationsPerEpoch: iterations,
    validationIterationsPerEpoch: Math.max(1, Math.round(iterations / 5)),
  };
  if (options.budgetSeconds !== undefined) {
    schedule.epochs = null;
    schedule.budgetSeconds = elapsedSeconds + options.budgetSeconds;
  } else if (options.epochs !== undefined) {
    schedule.epochs = options.epochs;
    schedule.budgetSeconds = null;
  }
  const reason = `Continued after epoch ${epoch}, with the settings it began with.`;
  return { schedule, reason };
}
