/** Which trainings does a cross-validation still need? Every fold of every configuration that is not trained to its end. */
import { defaultTrainer, listCheckpoints } from '../dataset/results';
import type { DatasetReference } from '../dataset/references';
import { RunError } from '../method/errors';
import { counted } from '../words/counted';
import { foldFolder, type RunRequest, type TrainOptions } from './runFolder';

export interface CrossValidationQuestion {
  dataset: DatasetReference;
  /** In the order in which they are trained. */
  configurations: readonly string[];
  folds: readonly number[];
  plans: string;
  /** Of each training, its length included; `resume`, `npz` and `validate` follow from what it is for. */
  options: Omit<TrainOptions, 'resume' | 'npz' | 'validate' | 'budgetSeconds'>;
  /** Of all trainings together, each with its validation. */
  budgetSeconds?: number;
  /** What a fold's validation is expected to take, by configuration. */
  validationSeconds?: ReadonlyMap<string, number>;
}

export interface CrossValidationPart {
  configuration: string;
  /** Trained to their end before. */
  ready: number[];
  /** Those that go on from where they were stopped are among them. */
  missing: number[];
  /** Those of the ready whose masks or probabilities are to be made before they are compared, where that was looked at. */
  toValidate?: number[];
  /** How many of the missing go on. */
  resumed: number;
  /** Share of each missing training in the budget. */
  budgetSeconds?: number;
}

/** Shorter, a training is over before its engine has warmed up. */
const leastBudgetSeconds = 30;

/** Those that are not trained to their end: what was stopped goes on. */
export async function stillToTrain(requests: readonly RunRequest[]): Promise<RunRequest[]> {
  const left: RunRequest[] = [];
  for (const request of requests) {
    const checkpoints = await listCheckpoints(foldFolder(request));
    if (checkpoints.some((file) => /checkpoint_final\.[a-z]+$/.test(file))) continue;
    left.push({ ...request, options: { ...request.options, resume: checkpoints.length > 0 } });
  }
  return left;
}

/** @throws RunError `budget-too-short` */
export async function crossValidationTrainings(
  question: CrossValidationQuestion,
): Promise<{ parts: CrossValidationPart[]; requests: RunRequest[] }> {
  const { dataset, configurations, folds, plans, options } = question;
  const parts: CrossValidationPart[] = [];
  const requests: RunRequest[] = [];
  for (const configuration of configurations) {
    const wanted = folds.map((fold): RunRequest => {
      const names = { dataset: dataset.folderName, folders: foldersOf(dataset), configuration, fold, plans };
      return { ...names, trainer: defaultTrainer, options: { ...options, validate: true, npz: true, resume: false } };
    });
    const left = await stillToTrain(wanted);
    const missing = left.map(({ fold }) => Number(fold));
    const ready = folds.filter((fold) => !missing.includes(fold));
    requests.push(...left);
    parts.push({ configuration, ready, missing, resumed: left.filter(({ options: { resume } }) => resume).length });
  }
  return withBudget(parts, requests, question);
}

/** Of a budget that validation would use up, at least half is for training. */
const leastShareOfTraining = 0.5;

function withBudget(
  parts: CrossValidationPart[],
  requests: RunRequest[],
  { budgetSeconds: total, validationSeconds }: CrossValidationQuestion,
) {
  if (total === undefined || requests.length === 0) return { parts, requests };
  const validating = requests.reduce((sum, one) => sum + (validationSeconds?.get(one.configuration) ?? 0), 0);
  const training = Math.max(total - validating, total * leastShareOfTraining);
  const budgetSeconds = Math.floor(training / requests.length);
  if (budgetSeconds < leastBudgetSeconds) {
    throw new RunError(
      'budget-too-short',
      `The budget is too short for ${counted(requests.length, 'training')}: ${budgetSeconds} s each teach a network nothing`,
      {
        hint: `Give at least ${Math.ceil((requests.length * leastBudgetSeconds) / 60)}m, or fewer configurations or folds.`,
      },
    );
  }
  return {
    parts: parts.map((part) => ({ ...part, budgetSeconds })),
    requests: requests.map((request) => ({ ...request, options: { ...request.options, budgetSeconds } })),
  };
}

function foldersOf({ raw, preprocessed, results }: DatasetReference): RunRequest['folders'] {
  return { raw, preprocessed, results };
}
