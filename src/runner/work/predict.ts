/** Work of a job "predict": label maps of new images by a trained model, and what made them. */
import { writePredictionRecord } from '../../dataset/predictionRecord';
import type { PredictRequest } from '../../jobs/requests';
import type { PredictedFolder } from '../../jobs/results';
import { errorToObject } from '../../method/errorObject';
import { checkpointsOf } from '../../pipeline/modelFolder';
import { predictStage } from '../../pipeline/prediction/predict';
import type { PredictResult } from '../../pipeline/prediction/predictionFolder';
import { isOnnxFile } from '../../pipeline/prediction/predictModel';
import { predictOnnxStage } from '../../pipeline/prediction/predictOnnx';
import type { WorkContext } from './context';

export async function predict(request: PredictRequest, context: WorkContext): Promise<PredictedFolder> {
  const startedAt = Date.now();
  const result = await predictWith(request, context);
  if (result.cases.length > 0) await recordPrediction(request);
  const { cases, failed, skipped, doubts, cost } = result;
  return {
    cases,
    ...(failed.length > 0 && { failed: failed.map(({ case: id, error }) => ({ case: id, ...errorToObject(error) })) }),
    ...(skipped.length > 0 && { skipped }),
    ...(doubts && { doubts }),
    ...(cost && { cost }),
    seconds: (Date.now() - startedAt) / 1000,
  };
}

async function predictWith(request: PredictRequest, context: WorkContext): Promise<PredictResult> {
  const { models, saveProbabilities = false, skipExisting = false, ...asked } = request;
  const options = {
    ...context,
    ...asked,
    saveProbabilities,
    skipExisting,
    note: (text: string) => context.note(text),
  };
  return models.some(isOnnxFile)
    ? predictOnnxStage({ ...options, models })
    : predictStage({ ...options, modelFolder: models[0]! });
}

async function recordPrediction(request: PredictRequest): Promise<void> {
  const { models, input, output, mirroring, stepSize } = request;
  await writePredictionRecord(output, {
    time: new Date().toISOString(),
    input,
    model: models,
    ...(await weightsOf(request)),
    mirroring,
    stepSize,
  });
}

/** Which of a model's weights were taken; an .onnx file says so itself. */
async function weightsOf({ models, folds, checkpoint }: PredictRequest) {
  if (models.some(isOnnxFile)) return {};
  const used = await checkpointsOf(models[0]!, folds, checkpoint);
  return { folds: used.map(({ fold }) => String(fold)), checkpoint: checkpoint ?? 'final' };
}
