/** Work of a job "predict": label maps of new images by a trained model, and what made them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePredictionRecord } from '../../dataset/predictionRecord';
import type { PredictRequest } from '../../jobs/requests';
import type { PredictedFolder } from '../../jobs/results';
import { errorToObject } from '../../method/errorObject';
import { UsageError } from '../../method/errors';
import { checkpointsOf } from '../../pipeline/modelFolder';
import { exportPredictedSegmentations, readDicomInput, type DicomInput } from '../../pipeline/prediction/dicomInput';
import { predictStage } from '../../pipeline/prediction/predict';
import type { PredictResult } from '../../pipeline/prediction/predictionFolder';
import { isOnnxFile } from '../../pipeline/prediction/predictModel';
import { predictOnnxStage } from '../../pipeline/prediction/predictOnnx';
import { makeScratch } from '../../storage/scratch';
import type { WorkContext } from './context';
import { removeParts } from './endPrediction';

export async function predict(request: PredictRequest, context: WorkContext): Promise<PredictedFolder> {
  const startedAt = Date.now();
  const scratch = await makeScratch('images');
  try {
    const dicom = await readDicomInput(request.input, join(scratch, 'dicom'), request.channels, context);
    if (!dicom && request.dicomSeg) throw noDicom(request.input);
    for (const [id, { kind }] of dicom?.cases ?? []) context.note(`${id} is a series "${kind}".`);
    return await predictImages(request, dicom, startedAt, context);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function predictImages(
  request: PredictRequest,
  dicom: DicomInput | undefined,
  startedAt: number,
  context: WorkContext,
): Promise<PredictedFolder> {
  const result = await predictWith(dicom ? { ...request, input: [dicom.folder] } : request, context);
  if (result.cases.length > 0) await recordPrediction(request);
  const segmentations =
    dicom && request.dicomSeg
      ? await exportPredictedSegmentations(dicom, result.cases, request.output, (code, message) =>
          context.warn(code, message),
        )
      : [];
  if (request.parts !== undefined) await removeParts(request.parts, request.output);
  const { cases, failed, skipped, doubts, cost } = result;
  return {
    cases,
    ...(failed.length > 0 && { failed: failed.map(({ case: id, error }) => ({ case: id, ...errorToObject(error) })) }),
    ...(skipped.length > 0 && { skipped }),
    ...(segmentations.length > 0 && { segmentations }),
    ...(doubts && { doubts }),
    ...(cost && { cost }),
    seconds: (Date.now() - startedAt) / 1000,
  };
}

async function predictWith(request: PredictRequest, context: WorkContext): Promise<PredictResult> {
  const { models, saveProbabilities = false, skipExisting = false, channels: _, dicomSeg: _seg, ...asked } = request;
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

function noDicom(input: readonly string[]): UsageError {
  return new UsageError('no-dicom', 'A DICOM SEG can only be written for DICOM', {
    where: input.join(', '),
    hint: 'Give one folder with DICOM series after -i, or leave --dicom-seg out.',
  });
}

/** Which of a model's weights were taken; an .onnx file says so itself. */
async function weightsOf({ models, folds, checkpoint }: PredictRequest) {
  if (models.some(isOnnxFile)) return {};
  const used = await checkpointsOf(models[0]!, folds, checkpoint);
  return { folds: used.map(({ fold }) => String(fold)), checkpoint: checkpoint ?? 'final' };
}
