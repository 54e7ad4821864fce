/** Which predictions does a prediction need before it? A cascade's second stage refines the masks of its first. */
import { basename, dirname, join } from 'node:path';
import { modelFolderName, parseModelFolderName } from '../dataset/results';
import { readModel } from '../pipeline/modelFolder';
import { isOnnxFile } from '../pipeline/prediction/predictModel';
import { exists } from '../storage/exists';
import { freeFolder } from '../storage/freeFolder';
import type { PredictRequest } from './requests';

/**
 * @param parts  folder for what comes before; absent: beside the output
 * @returns in order, the prediction itself last. Where the first stage is not beside the second, that is for the prediction to say
 * @throws as `readModel`
 */
export async function withFirstStage(request: PredictRequest, parts?: string): Promise<PredictRequest[]> {
  const [folder = ''] = request.models;
  if (request.isDryRun || request.previousStageFolder !== undefined || isOnnxFile(folder)) return [request];
  const name = parseModelFolderName(basename(folder));
  const configuration = name && (await readModel(folder)).configuration.previous_stage;
  if (!configuration) return [request];
  const first = join(dirname(folder), modelFolderName({ ...name, configuration }));
  if (!(await exists(first))) return [request];
  const beside = parts === undefined ? `${request.output}-${configuration}` : join(parts, configuration);
  // What was predicted before is gone on with where it lies.
  const output = request.skipExisting ? beside : await freeFolder(beside);
  // Every trained fold, whichever of the second stage's are taken.
  const { parts: _parts, dicomSeg: _dicomSeg, ...asked } = request;
  const coarse = {
    ...asked,
    ...{ models: [first], output, folds: undefined, saveProbabilities: false },
    ...(parts !== undefined && { towards: request.towards ?? request.output }),
  };
  return [coarse, { ...request, previousStageFolder: output }];
}
