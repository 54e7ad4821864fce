/** Work of the jobs "postprocess" and "determine-postprocessing": removes small islands of labels from masks, and finds out which are to go. */
import type { DetermineRequest, PostprocessRequest } from '../../jobs/requests';
import type { DecidedPostprocessing, WrittenMasks } from '../../jobs/results';
import { determineFolder, postprocessFolder } from '../../pipeline/postprocessFolder';
import type { WorkContext } from './context';
import { decidedPostprocessing } from './decidedPostprocessing';

export async function postprocess(request: PostprocessRequest, context: WorkContext): Promise<WrittenMasks> {
  return { folder: request.output, cases: await postprocessFolder({ ...context, ...request }) };
}

export async function determine(request: DetermineRequest, context: WorkContext): Promise<DecidedPostprocessing> {
  const determined = await determineFolder({ ...context, ...request });
  return decidedPostprocessing(determined, determined.file);
}
