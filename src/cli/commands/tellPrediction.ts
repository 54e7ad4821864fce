/** Says what came of a prediction: masks, and cases that could not be predicted. */
import type { PredictRequest } from '../../jobs/requests';
import type { PredictedFolder } from '../../jobs/results';
import { errorFromObject } from '../../method/errorObject';
import { predictLines } from '../../runs/resultLines';
import type { Output } from '../output';

/** @returns the exit code */
export function tellPrediction(request: PredictRequest, result: PredictedFolder, output: Output): number {
  const { failed = [] } = result;
  for (const one of failed) output.error(errorFromObject(one)!);
  for (const line of predictLines(request, result)) output.line(line);
  output.result(result);
  return failed.length > 0 ? 1 : 0;
}
