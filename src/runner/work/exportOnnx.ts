/** Work of a job "export-onnx": writes trained folds of a model as one .onnx file that predicts anywhere; a dataset's best model as several. */
import type { ExportOnnxRequest } from '../../jobs/requests';
import { exportOnnxStage, type ExportOnnxResult } from '../../pipeline/prediction/exportOnnx';
import { exportSetStage } from '../../pipeline/prediction/exportSet';
import { isChoice } from '../../pipeline/chosenModel';
import type { WorkContext } from './context';

export async function exportOnnx(
  request: ExportOnnxRequest,
  { signal, warn, progress }: WorkContext,
): Promise<ExportOnnxResult> {
  progress({ stage: 'export', state: 'started' });
  const { modelFolder, folds, ...options } = request;
  const result = isChoice(modelFolder)
    ? await exportSetStage({ ...options, choice: modelFolder, signal, warn })
    : await exportOnnxStage({ ...options, modelFolder, folds, signal, warn });
  progress({ stage: 'export', state: 'done' });
  return result;
}
