/** Work of a job "dataset-card": reads every case of a dataset once, and writes what is to be told of it. */
import { requireRaw } from '../../dataset/references';
import type { DatasetCardRequest } from '../../jobs/requests';
import type { WrittenCard } from '../../jobs/results';
import { makeDatasetCard } from '../../report/cards/measureDatasetCard';
import { datasetOf } from '../request';
import type { WorkContext } from './context';

/** @throws DatasetError `raw-missing`, and what `makeDatasetCard` throws */
export async function datasetCard(request: DatasetCardRequest, context: WorkContext): Promise<WrittenCard> {
  const dataset = await datasetOf(request);
  requireRaw(dataset);
  const { file, card } = await makeDatasetCard(dataset, { ...context, pictures: request.pictures });
  return { file, cases: card.cases.length, unread: card.unread.length };
}
