/** Work of the jobs "postprocess" and "determine-postprocessing": removes small islands of labels from masks, and finds out which are to go. */
import type { DetermineRequest, PostprocessRequest } from '../../jobs/requests';
import type { DecidedPostprocessing, WrittenMasks } from '../../jobs/results';
import { readPostprocessing } from '../../dataset/postprocessingFile';
import { isExportedSet, readExportedSet } from '../../pipeline/prediction/exportedSet';
import { determineFolder, postprocessFolder } from '../../pipeline/postprocessFolder';
import type { WorkContext } from './context';
import { decidedPostprocessing } from './decidedPostprocessing';
import { endPrediction } from './endPrediction';
import { isNothingLeft } from './nothingLeft';

export async function postprocess(request: PostprocessRequest, context: WorkContext): Promise<WrittenMasks> {
  const { input, output, ends, steps: stepsFile } = request;
  const isDone = ends !== undefined && (await isNothingLeft([input]));
  const cases = isDone
    ? []
    : await postprocessFolder({ ...context, ...request, steps: await readSteps(stepsFile), stepsFile });
  const written = { folder: output, cases };
  const segmentations = ends ? await endPrediction(written, ends, context) : [];
  return { ...written, ...(segmentations.length > 0 && { segmentations }) };
}

function readSteps(file: string) {
  return isExportedSet(file) ? readExportedSet(file).then((set) => set.postprocessing) : readPostprocessing(file);
}

export async function determine(request: DetermineRequest, context: WorkContext): Promise<DecidedPostprocessing> {
  const determined = await determineFolder({ ...context, ...request });
  return decidedPostprocessing(determined, determined.file);
}
