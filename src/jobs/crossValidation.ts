/** Which jobs tell how good a model is? Its folds, and behind them the evaluation of all the cases that these left out. Pure. */
import { join } from 'node:path';
import { preprocessedPaths } from '../dataset/preprocessed';
import { modelPaths, type Fold } from '../dataset/results';
import { UsageError } from '../method/errors';
import type { AnyJob, Job } from './job';
import { newJob } from './jobFolder';
import { foldFolder, modelFolder, type RunRequest } from './runFolder';

/** nnU-Net's five. */
export const foldsOfCrossValidation = [0, 1, 2, 3, 4] as const;

/**
 * @param trainings  as `trainingJobs` orders them: what has to be trained before may be among them
 * @param asked  whose models are evaluated
 * @returns the trainings, and an evaluation of each model that waits for its folds
 * @throws UsageError `not-evaluable`
 */
export function crossValidationGraph(
  trainings: readonly Job<'train'>[],
  asked: readonly RunRequest[],
): { trainings: readonly Job<'train'>[]; evaluations: Job<'evaluate'>[]; jobs: AnyJob[] } {
  const folders = new Set(asked.map(foldFolder));
  const models = new Map<string, Job<'train'>[]>();
  for (const job of trainings) {
    if (!folders.has(foldFolder(job.request))) continue;
    const model = modelFolder(job.request);
    models.set(model, [...(models.get(model) ?? []), job]);
  }
  const evaluations = [...models.values()].map(evaluationOf);
  return { trainings, evaluations, jobs: [...trainings, ...evaluations] };
}

function evaluationOf(jobs: readonly Job<'train'>[]): Job<'evaluate'> {
  const sorted = [...jobs].sort((a, b) => Number(a.request.fold) - Number(b.request.fold));
  const [{ request, roots, launcher, cluster, createdBy }] = sorted as [Job<'train'>];
  const folds = requireEachCaseOnce(
    sorted.map((job) => job.request.fold),
    request,
  );
  const folder = modelFolder(request);
  const model = modelPaths(folder);
  const predictionFolder = model.crossValidation(folds);
  return newJob({
    kind: 'evaluate',
    title: `Evaluate ${request.dataset.replace(/^Dataset\d{3}_/, '')} ${request.configuration}, ${folds.length === 1 ? 'fold' : 'folds'} ${folds.join(', ')}`,
    request: {
      // As in the validation of each fold.
      referenceFolder: preprocessedPaths(request.folders.preprocessed).groundTruth,
      predictionFolder,
      crossValidation: { modelFolder: folder, folds },
      datasetJson: model.datasetJson,
      output: join(predictionFolder, 'summary.json'),
      byVoxel: true,
    },
    roots,
    after: sorted.map(({ id }) => ({ id, is: 'done' })),
    launcher,
    cluster,
    window: createdBy.window,
  });
}

/** Folds beyond the five are random: several of them leave out the same cases. */
function requireEachCaseOnce(folds: readonly Fold[], { configuration }: RunRequest): number[] {
  const numbers = folds.filter((fold) => fold !== 'all');
  const isPartition = numbers.every((fold) => (foldsOfCrossValidation as readonly Fold[]).includes(fold));
  if (numbers.length === folds.length && (isPartition || folds.length === 1)) return numbers;
  throw new UsageError(
    'not-evaluable',
    `Folds ${folds.join(', ')} of ${configuration} do not leave out each case once`,
    {
      hint: 'Evaluated together are folds 0 to 4 only: a training on all cases leaves out none, and folds from 5 on are random.',
    },
  );
}
