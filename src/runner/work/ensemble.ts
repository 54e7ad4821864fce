/** Work of a job "ensemble": averages what several models predicted of the same images. */
import type { EnsembleRequest } from '../../jobs/requests';
import type { WrittenMasks } from '../../jobs/results';
import { ensembleFolders } from '../../pipeline/ensembleFolders';
import type { WorkContext } from './context';
import { endPrediction } from './endPrediction';
import { isNothingLeft } from './nothingLeft';

export async function ensemble(request: EnsembleRequest, context: WorkContext): Promise<WrittenMasks> {
  const { folders, output, ends } = request;
  const isDone = ends !== undefined && (await isNothingLeft(folders));
  const written = { folder: output, cases: isDone ? [] : await ensembleFolders({ ...context, ...request }) };
  const segmentations = ends ? await endPrediction(written, ends, context) : [];
  return { ...written, ...(segmentations.length > 0 && { segmentations }) };
}
