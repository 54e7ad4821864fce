/** Work of a job "preprocess": crops, normalises and resamples the cases of a configuration that are not up to date. */
import type { PreprocessRequest } from '../../jobs/requests';
import type { PreprocessedDataset } from '../../jobs/results';
import { prepareStage } from '../../pipeline/prepare';
import { requireConfiguration } from '../../pipeline/requireConfiguration';
import { datasetOf } from '../request';
import type { WorkContext } from './context';

export async function preprocess(request: PreprocessRequest, context: WorkContext): Promise<PreprocessedDataset> {
  const { plans, configuration, workers } = request;
  const startedAt = Date.now();
  const dataset = await datasetOf(request);
  await requireConfiguration(dataset, plans, configuration);
  const { folder, cases, preprocessed } = await prepareStage(dataset, plans, configuration, { ...context, workers });
  return { folder, cases, preprocessed, seconds: (Date.now() - startedAt) / 1000 };
}
