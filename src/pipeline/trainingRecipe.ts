/** Chooses how a network is trained from how long the person lets it: nnU-Net's recipe at full length, a faster one for short budgets. */
import type { TrainingSchedule } from '../engine/job';

interface TrainingLength {
  epochs?: number;
  budgetSeconds?: number;
  iterationsPerEpoch?: number;
}

/** What a person may ask for besides the length; absent: decided here. */
interface TrainingChoices extends TrainingLength {
  optimizer?: TrainingSchedule['optimizer'];
  learningRate?: number;
  policy?: TrainingSchedule['policy'];
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
const learningRates = { sgd: 1e-2, adamw: 1e-3 };

export function trainingRecipe(choices: TrainingChoices, planned?: PlannedStep): TrainingRecipe {
  const { epochs, budgetSeconds } = choices;
  const isShort = budgetSeconds !== undefined && budgetSeconds < shortBudgetSeconds;
  const iterations = choices.iterationsPerEpoch ?? (isShort ? shortBudgetIterations : fullIterations);
  const optimizer = choices.optimizer ?? (isShort ? 'adamw' : 'sgd');
  const schedule: TrainingSchedule = {
    optimizer,
    initialLearningRate: choices.learningRate ?? learningRates[optimizer],
    weightDecay: 3e-5,
    momentum: optimizer === 'sgd' ? 0.99 : 0.9,
    policy: choices.policy ?? 'poly',
    epochs: budgetSeconds === undefined ? (epochs ?? fullEpochs) : null,
    budgetSeconds: budgetSeconds ?? null,
    iterationsPerEpoch: iterations,
    validationIterationsPerEpoch: Math.max(1, Math.round(iterations / 5)),
  };
  const batchSize = choices.batchSize ?? (isShort && planned ? shortBatchSize(planned) : undefined);
  if (batchSize !== undefined && batchSize !== planned?.batchSize) schedule.batchSize = batchSize;
  if (choices.elastic) schedule.elastic = true;
  return {
    schedule,
    reason: isShort
      ? 'Budget under two hours: many small steps of AdamW learn more in that time than few large ones of SGD with momentum 0.99.'
      : "nnU-Net's own recipe, where nothing else was asked for.",
  };
}

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
  options: TrainingLength,
  { epoch, elapsedSeconds }: { epoch: number; elapsedSeconds: number },
): TrainingRecipe {
  const base = before ?? trainingRecipe({}).schedule;
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
  const reason = `Continued after epoch ${epoch}, with the optimizer and batch size it began with.`;
  return { schedule, reason };
}
