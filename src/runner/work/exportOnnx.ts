/** Work of a job "export-onnx": writes trained folds of a model as one .onnx file that predicts anywhere. */
import type { ExportOnnxRequest } from '../../jobs/requests';
import { exportOnnxStage, type ExportOnnxResult } from '../../pipeline/prediction/exportOnnx';
import type { WorkContext } from './context';

export async function exportOnnx(
  request: ExportOnnxRequest,
  { signal, warn, progress }: WorkContext,
): Promise<ExportOnnxResult> {
  progress({ stage: 'export', state: 'started' });
  const result = await exportOnnxStage({ ...request, signal, warn });
  progress({ stage: 'export', state: 'done' });
  return result;
}
