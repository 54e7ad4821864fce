/** A training that is asked to begin with the weights of a model: with which checkpoint of it, for this fold. */
import { startingCheckpoint } from '../pipeline/fineTuning';
import { foldFolder, type RunRequest } from './runFolder';

/**
 * @param from  a checkpoint, or the folder of a model or fold; undefined: the training begins anew
 * @throws EngineError `checkpoint-missing`
 */
export async function withStart(request: RunRequest, from: string | undefined): Promise<RunRequest> {
  if (from === undefined) return request;
  return { ...request, options: { ...request.options, from: await startingCheckpoint(from, request.fold) } };
}

/**
 * The same training again, from what the fold has learned, with the cases that were added since.
 * @throws EngineError `checkpoint-missing`
 */
export async function againRequest(record: RunRequest): Promise<RunRequest> {
  const { dataset, folders, configuration, fold, plans, trainer, options } = record;
  const { pretrained: _pretrained, checkpoint: _checkpoint, ...lasting } = options;
  const request: RunRequest = {
    ...{ dataset, folders, configuration, fold, plans, trainer },
    options: { ...lasting, resume: false, newCases: true },
  };
  return withStart(request, foldFolder(request));
}
