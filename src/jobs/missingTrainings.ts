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
  /** Of all trainings together. */
  budgetSeconds?: number;
}

export interface CrossValidationPart {
  configuration: string;
  /** Trained to their end before. */
  ready: number[];
  /** Those that go on from where they were stopped are among them. */
  missing: number[];
  /** How many of the missing go on. */
  resumed: number;
  /** Share of each missing training in the budget. */
  budgetSeconds?: number;
}

/** Shorter, a training is over before its engine has warmed up. */
const leastBudgetSeconds = 30;

/** @throws RunError `budget-too-short` */
export async function crossValidationTrainings(
  question: CrossValidationQuestion,
): Promise<{ parts: CrossValidationPart[]; requests: RunRequest[] }> {
  const { dataset, configurations, folds, plans, options } = question;
  const parts: CrossValidationPart[] = [];
  const requests: RunRequest[] = [];
  for (const configuration of configurations) {
    const part: CrossValidationPart = { configuration, ready: [], missing: [], resumed: 0 };
    for (const fold of folds) {
      const names = { dataset: dataset.folderName, folders: foldersOf(dataset), configuration, fold, plans };
      const request = {
        ...names,
        trainer: defaultTrainer,
        options: { ...options, validate: true, npz: true, resume: false },
      };
      const checkpoints = await listCheckpoints(foldFolder(request));
      if (checkpoints.some((file) => /checkpoint_final\.[a-z]+$/.test(file))) {
        part.ready.push(fold);
        continue;
      }
      const resume = checkpoints.length > 0;
      part.missing.push(fold);
      part.resumed += Number(resume);
      requests.push({ ...request, options: { ...request.options, resume } });
    }
    parts.push(part);
  }
  return withBudget(parts, requests, question.budgetSeconds);
}

function withBudget(parts: CrossValidationPart[], requests: RunRequest[], total: number | undefined) {
  if (total === undefined || requests.length === 0) return { parts, requests };
  const budgetSeconds = Math.floor(total / requests.length);
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
