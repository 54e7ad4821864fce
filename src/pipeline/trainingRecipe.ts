/** Chooses how a network is trained from how long the person lets it: nnU-Net's recipe at full length, a faster one for short budgets. */
import type { TrainingSchedule } from '../engine/job';

export interface TrainingLength {
  epochs?: number;
  budgetSeconds?: number;
  iterationsPerEpoch?: number;
}

export interface TrainingRecipe {
  schedule: TrainingSchedule;
  /** Why this one; stands in run.json. */
  reason: string;
}

const fullEpochs = 1000;
const fullIterations = 250;
const shortBudgetSeconds = 2 * 3600;
/** So that a short training has enough epochs for a curve. */
const shortBudgetIterations = 50;

export function trainingRecipe({ epochs, budgetSeconds, iterationsPerEpoch }: TrainingLength): TrainingRecipe {
  const isShort = budgetSeconds !== undefined && budgetSeconds < shortBudgetSeconds;
  const iterations = iterationsPerEpoch ?? (isShort ? shortBudgetIterations : fullIterations);
  const length = {
    epochs: budgetSeconds === undefined ? (epochs ?? fullEpochs) : null,
    budgetSeconds: budgetSeconds ?? null,
    iterationsPerEpoch: iterations,
    validationIterationsPerEpoch: Math.max(1, Math.round(iterations / 5)),
  };
  if (isShort) {
    return {
      schedule: {
        optimizer: 'adamw',
        initialLearningRate: 1e-3,
        weightDecay: 3e-5,
        momentum: 0.9,
        policy: 'poly',
        ...length,
      },
      reason: 'Budget under two hours: AdamW learns more from few iterations than SGD with momentum 0.99.',
    };
  }
  return {
    schedule: {
      optimizer: 'sgd',
      initialLearningRate: 1e-2,
      weightDecay: 3e-5,
      momentum: 0.99,
      policy: 'poly',
      ...length,
    },
    reason: "nnU-Net's own recipe.",
  };
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
  const reason = `Continued after epoch ${epoch}, with the optimizer it began with.`;
  return { schedule, reason };
}
