/** Which jobs find the best model of what is trained and what is not? The trainings that are missing, and behind them the comparison. */
import { requireFree } from '../dataset/foldLock';
import type { Roots } from '../dataset/roots';
import { requireEngine } from '../pipeline/requireEngine';
import { defaultTrainer } from '../dataset/results';
import { findBestJobs } from './findBest';
import type { AnyJob, Job } from './job';
import type { JobParts } from './jobFolder';
import type { CrossValidationQuestion } from './missingTrainings';
import { jobsOf } from './plannedJobs';
import { foldFolder, type RunRequest } from './runFolder';
import { trainingJobs } from './trainingJobs';

interface BestModelQuestion extends CrossValidationQuestion {
  /** Also compares all pairs of models. */
  ensembling: boolean;
}

interface BestModelJobs {
  trainings: readonly Job<'train'>[];
  /** In order, the comparison last. */
  rest: readonly AnyJob[];
}

/**
 * @param requests  the trainings that are missing, as `crossValidationTrainings` finds them
 * @throws EngineError as `requireEngine`; RunError `run-active`; as `findBestJobs`
 */
export async function bestModelJobs(
  { dataset, configurations, folds, plans, options, ensembling }: BestModelQuestion,
  requests: readonly RunRequest[],
  roots: Roots,
  where: Required<Pick<JobParts<'train'>, 'launcher'>> & Pick<JobParts<'train'>, 'cluster' | 'window'>,
): Promise<BestModelJobs> {
  if (where.launcher === 'local' && requests.length > 0) await requireEngine(options.device);
  for (const request of requests) await requireFree(foldFolder(request));
  const trainings = await trainingJobs(roots.results, requests, where);
  const places = new Map(trainings.map((job, at) => [foldFolder(job.request), at]));
  const { device, precision, threads, workers } = options;
  const comparison = await findBestJobs(
    {
      dataset,
      models: configurations.map((configuration) => ({ configuration, plans, trainer: defaultTrainer })),
      folds: [...folds],
      ensembling,
      workers,
      validation: { device, precision, threads },
    },
    trainings.length,
    places,
  );
  return { trainings, rest: jobsOf(comparison, { roots, ...where }, trainings).slice(trainings.length) };
}
