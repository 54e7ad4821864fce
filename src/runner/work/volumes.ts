/** Work of a job "volumes": measures the labels in a folder of masks, and writes volumes.csv beside them. */
import type { VolumesRequest } from '../../jobs/requests';
import type { MeasuredVolumes } from '../../jobs/results';
import { measureVolumes } from '../../report/cards/measureVolumes';
import type { WorkContext } from './context';

/** @throws what `measureVolumes` throws */
export function volumes(request: VolumesRequest, context: WorkContext): Promise<MeasuredVolumes> {
  const { folder, datasetJson, rawRoot, preprocessedRoot } = request;
  const roots = { raw: rawRoot, preprocessed: preprocessedRoot };
  return measureVolumes({ ...context, folder, roots, ...(datasetJson !== undefined && { datasetJson }) });
}
