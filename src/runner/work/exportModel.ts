/** Work of a job "export-model": trained models of a dataset as one archive, in nnU-Net's form. */
import type { ExportModelRequest } from '../../jobs/requests';
import { exportModels, type ExportedModels } from '../../pipeline/exchange/exportModels';
import type { WorkContext } from './context';

/** @throws as `exportModels` */
export function exportModel(request: ExportModelRequest, context: WorkContext): Promise<ExportedModels> {
  const { folders, models, folds, checkpoint, output, withMasks = false } = request;
  return exportModels({ ...context, results: folders.results, models, folds, checkpoint, output, withMasks });
}
