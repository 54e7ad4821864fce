/** A training as a job: its title, its roots. */
import { dirname } from 'node:path';
import type { Roots } from '../dataset/roots';
import type { RunRequest } from './runFolder';

interface TrainingName extends Pick<RunRequest, 'dataset' | 'configuration'> {
  fold: number | string;
}

/** "Train Hippocampus 3d_fullres, fold 0" */
export function trainingTitle({ dataset, configuration, fold }: TrainingName): string {
  const short = dataset.replace(/^Dataset\d{3}_/, '');
  return `Train ${short} ${configuration}, ${fold === 'all' ? 'all cases' : `fold ${fold}`}`;
}

/** The roots in which the dataset's folders lie. */
export function rootsOf({ folders }: Pick<RunRequest, 'folders'>): Roots {
  return {
    raw: dirname(folders.raw),
    preprocessed: dirname(folders.preprocessed),
    results: dirname(folders.results),
    sources: { raw: 'option', preprocessed: 'option', results: 'option' },
  };
}
