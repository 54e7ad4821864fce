/** What will it cost to find the best model of a dataset, and which trainings does that need? */
import type { KnownTraining } from '../jobs/knownJob';
import { defaultTrainer } from '../dataset/results';
import { lacksValidation } from '../jobs/findBest';
import {
  crossValidationTrainings,
  type CrossValidationPart,
  type CrossValidationQuestion,
} from '../jobs/missingTrainings';
import type { RunRequest } from '../jobs/runFolder';
import { configurationChoices } from './configurationChoices';
import type { ConfigurationChoice } from './configurationFacts';
import { crossValidationCost, type CrossValidationCost } from './crossValidationCost';
import { foldCosts, type FoldCost } from './foldCosts';
import { fullEpochs } from './trainingChoices';

export interface ConfigurationCosts {
  choices: readonly ConfigurationChoice[];
  folds: ReadonlyMap<string, FoldCost>;
}

/** What is known before anything is chosen. @param earlier  trainings, which tell how long an epoch takes */
export async function configurationCosts(
  { dataset, plans, options, folds }: Pick<CrossValidationQuestion, 'dataset' | 'plans' | 'options' | 'folds'>,
  earlier: Promise<readonly KnownTraining[]>,
): Promise<ConfigurationCosts> {
  const { device, threads } = options;
  const [choices, costs] = await Promise.all([
    configurationChoices(dataset, { plans, device, earlier }),
    foldCosts(dataset, { plans, device, threads, folds: Math.max(5, folds.length) }),
  ]);
  return { choices, folds: costs };
}

/** @throws RunError `budget-too-short` */
export async function expectedCost(
  question: CrossValidationQuestion,
  { choices, folds }: ConfigurationCosts,
): Promise<{ cost: CrossValidationCost; requests: RunRequest[] }> {
  const validationSeconds = new Map([...folds].map(([name, cost]) => [name, cost.validationSeconds ?? 0]));
  const { parts: found, requests } = await crossValidationTrainings({ ...question, validationSeconds });
  const parts = await Promise.all(found.map((part) => withValidations(part, question)));
  const { epochs = fullEpochs, iterationsPerEpoch } = question.options;
  return { cost: crossValidationCost(parts, choices, folds, { epochs, iterationsPerEpoch }), requests };
}

/** Pairs are averaged from probabilities, which a training need not have left. */
async function withValidations(
  part: CrossValidationPart,
  { dataset, configurations, plans }: CrossValidationQuestion,
): Promise<CrossValidationPart> {
  const model = { configuration: part.configuration, plans, trainer: defaultTrainer };
  const toValidate: number[] = [];
  for (const fold of part.ready)
    if (await lacksValidation(dataset, model, fold, configurations.length > 1)) toValidate.push(fold);
  return { ...part, toValidate };
}
