/** Work of a job "sample": writes synthetic labelled scans on which everything can be tried. */
import { writeSampleDataset } from '../../dataset/sample';
import type { SampleRequest } from '../../jobs/requests';
import type { JobResults } from '../../jobs/results';
import type { WorkContext } from './context';

export async function sample(
  { folder, ...request }: SampleRequest,
  { signal, progress }: WorkContext,
): Promise<JobResults['sample']> {
  const written = await writeSampleDataset(folder, {
    ...request,
    signal,
    progress: (done, total, message) =>
      progress({ stage: 'sample', state: done === total ? 'done' : 'progress', done, total, message }),
  });
  return { folder: written.folder, cases: written.cases, testCases: written.testCases };
}
