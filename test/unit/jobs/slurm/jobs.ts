/** Jobs for tests of what becomes of them on a cluster. */
import type { AnyJob, Job } from '../../../../src/jobs/job';
import type { ClusterSettings } from '../../../../src/jobs/slurm/settings';

export function trainingJob(id: string, fold: number, more: Partial<Job<'train'>> = {}): AnyJob {
  return {
    id,
    kind: 'train',
    title: `Train Heart 2d, fold ${fold}`,
    request: {
      dataset: 'Dataset002_Heart',
      folders: {
        raw: '/data/raw/Dataset002_Heart',
        preprocessed: '/data/pre/Dataset002_Heart',
        results: '/data/res/Dataset002_Heart',
      },
      configuration: '2d',
      fold,
      plans: 'nnUNetPlans',
      trainer: 'nnUNetTrainer',
      options: { device: 'auto', precision: 'auto', npz: false, validate: true, resume: false },
    },
    ...rest,
    resources: { device: 'auto' },
    ...more,
  };
}

export function evaluationJob(id: string, more: Partial<Job<'evaluate'>> = {}): AnyJob {
  return {
    id,
    kind: 'evaluate',
    title: 'Evaluate Heart',
    request: {
      referenceFolder: '/data/a',
      predictionFolder: '/data/b',
      datasetJson: '/data/dataset.json',
      output: '/data/summary.json',
    },
    ...rest,
    ...more,
  };
}

const rest = {
  roots: {
    raw: '/data/raw',
    preprocessed: '/data/pre',
    results: '/data/res',
    sources: { raw: 'option', preprocessed: 'option', results: 'option' },
  },
  resources: {},
  after: [],
  launcher: 'slurm',
  cluster: {} as ClusterSettings,
  createdBy: { host: 'here', pid: 1 },
  createdAt: '2026-01-01T00:00:00.000Z',
} satisfies Partial<AnyJob>;
