/** Work of a job "import": makes a dataset of a folder with images and labels, or only finds out what it would be. */
import { importDataset } from '../../dataset/importers/importDataset';
import type { ImportResult } from '../../dataset/importers/plan';
import type { ImportRequest } from '../../jobs/requests';
import type { WorkContext } from './context';

export async function importSource(
  { source, rawRoot, id, name, names, dicom, isDryRun }: ImportRequest,
  { signal, progress }: WorkContext,
): Promise<ImportResult> {
  return importDataset(source, {
    rawRoot,
    id,
    name,
    names,
    dicom,
    dryRun: isDryRun,
    signal,
    progress: ({ done, total, message }) =>
      progress({ stage: 'import', state: done === total ? 'done' : 'progress', done, total, message }),
  });
}
