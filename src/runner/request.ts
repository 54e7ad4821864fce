/** The dataset that a request names, as it is on disk now. */
import { existsSync } from 'node:fs';
import { parseDatasetName } from '../dataset/names';
import type { DatasetReference } from '../dataset/references';
import { DatasetError } from '../method/errors';
import type { DatasetRequest } from '../jobs/requests';

export async function datasetOf({ dataset, folders }: DatasetRequest): Promise<DatasetReference> {
  const name = parseDatasetName(dataset);
  if (!name)
    throw new DatasetError('dataset-name', `"${dataset}" is not a dataset's name`, {
      hint: 'Names look like Dataset004_Hippocampus.',
    });
  const { raw, preprocessed, results } = folders;
  return {
    ...name,
    folderName: dataset,
    raw,
    preprocessed,
    results,
    exists: { raw: existsSync(raw), preprocessed: existsSync(preprocessed), results: existsSync(results) },
  };
}
