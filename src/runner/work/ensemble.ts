/** Work of a job "ensemble": averages what several models predicted of the same images. */
import type { EnsembleRequest } from '../../jobs/requests';
import type { WrittenMasks } from '../../jobs/results';
import { ensembleFolders } from '../../pipeline/ensembleFolders';
import type { WorkContext } from './context';

export async function ensemble(request: EnsembleRequest, context: WorkContext): Promise<WrittenMasks> {
  return { folder: request.output, cases: await ensembleFolders({ ...context, ...request }) };
}
