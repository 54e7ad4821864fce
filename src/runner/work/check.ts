/** Work of a job "check": what would stop or spoil a training with this dataset? */
import { checkDataset, type CheckResult } from '../../dataset/checkDataset';
import { preprocessedPaths } from '../../dataset/preprocessed';
import { requireRaw } from '../../dataset/references';
import type { CheckRequest } from '../../jobs/requests';
import { datasetOf } from '../request';
import type { WorkContext } from './context';

/** @throws DatasetError `raw-missing` */
export async function check(request: CheckRequest, { signal, progress }: WorkContext): Promise<CheckResult> {
  const dataset = await datasetOf(request);
  requireRaw(dataset);
  let started = false;
  return checkDataset(dataset.raw, {
    signal,
    workers: request.workers,
    splitsFile: preprocessedPaths(dataset.preprocessed).splits,
    progress: (done, total, message) => {
      if (!started) progress({ stage: 'check', state: 'started', done: 0, total });
      started = true;
      progress({ stage: 'check', state: done === total ? 'done' : 'progress', done, total, message });
    },
  });
}
