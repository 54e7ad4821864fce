/** A dataset as a job's request names it. */
import type { DatasetReference } from '../dataset/references';
import type { DatasetRequest } from './requests';

export function datasetRequest({ folderName, raw, preprocessed, results }: DatasetReference): DatasetRequest {
  return { dataset: folderName, folders: { raw, preprocessed, results } };
}
