/** Work of a job "check": what would stop or spoil a training with this dataset? */
import { checkDataset, type CheckResult } from '../../dataset/checkDataset';
import { preprocessedPaths } from '../../dataset/preprocessed';
import type { CheckRequest } from '../../jobs/requests';
import { DatasetError } from '../../method/errors';
import { datasetOf } from '../request';
import type { WorkContext } from './context';

/** @throws DatasetError `raw-missing` */
export async function check(request: CheckRequest, { signal, progress }: WorkContext): Promise<CheckResult> {
  const dataset = await datasetOf(request);
  if (!dataset.exists.raw) {
    throw new DatasetError('raw-missing', `The raw data of ${dataset.folderName} is not there`, {
      where: dataset.raw,
      hint: 'Import it with "nnunet import", or check --root.',
    });
  }
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
