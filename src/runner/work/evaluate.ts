/** Work of a job "evaluate": compares predictions with references, case by case, and writes nnU-Net's summary.json. */
import { dirname, join } from 'node:path';
import { chooseReader } from '../../images/readers';
import type { EvaluateRequest } from '../../jobs/requests';
import type { Evaluated } from '../../jobs/results';
import { evaluatedDatasetJson, evaluateStage, pairedNames } from '../../pipeline/evaluate';
import { gatherCrossValidation, validatedCases } from '../../pipeline/crossValidation';
import { surfaceFileIn } from '../../pipeline/evaluateSurfaces';
import { readModel } from '../../pipeline/modelFolder';
import type { WorkContext } from './context';
import { finiteOrNull } from '../../method/finiteOrNull';

/** @throws what `evaluatedDatasetJson`, `validatedCases` and `evaluateStage` throw */
export async function evaluate(request: EvaluateRequest, context: WorkContext): Promise<Evaluated> {
  const { referenceFolder, predictionFolder, crossValidation, output } = request;
  const datasetJson = await evaluatedDatasetJson(request.datasetJson);
  if (crossValidation) {
    const model = await readModel(crossValidation.modelFolder);
    const cases = await validatedCases(model, crossValidation.folds);
    await gatherCrossValidation(model, cases, predictionFolder);
  }
  const names = await pairedNames({ referenceFolder, predictionFolder, datasetJson, warn: () => undefined });
  const reader = await chooseReader(
    datasetJson.file_ending,
    join(predictionFolder, names[0]!),
    datasetJson.overwrite_image_reader_writer,
  );
  const surface = request.surface && { ...request.surface, output: surfaceFileIn(dirname(output)) };
  const summary = await evaluateStage({ ...context, ...request, surface, datasetJson, reader });
  return {
    summary: output,
    ...(surface && { surface: surface.output }),
    cases: summary.metric_per_case.length,
    meanDice: finiteOrNull(summary.foreground_mean.Dice),
    dice: Object.fromEntries(Object.entries(summary.mean).map(([label, { Dice }]) => [label, finiteOrNull(Dice)])),
  };
}
