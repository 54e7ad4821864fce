/** Work of a job "import-model": models from an archive or folder get their place among the results. */
import type { ImportModelRequest } from '../../jobs/requests';
import { importModels, type ImportedModels } from '../../pipeline/exchange/importModels';
import type { WorkContext } from './context';

/** @throws as `importModels` */
export function importModel(
  { source, dataset, roots }: ImportModelRequest,
  context: WorkContext,
): Promise<ImportedModels> {
  return importModels({ ...context, source, dataset, roots });
}
