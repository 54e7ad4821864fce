/** How good are a model's masks of cases that its folds left out, measured as the training itself does? */
import { join } from 'node:path';
import type { ReaderName } from '../images/types';
import type { Summary } from '../method/evaluation';
import { evaluateStage } from './evaluate';
import type { Model } from './modelFolder';
import type { StageContext } from './progress';

/**
 * Compares voxel by voxel, and writes summary.json beside the masks.
 * Other folds' cases have no mask here: nobody is warned of them.
 */
export function evaluateModel(
  folder: string,
  referenceFolder: string,
  model: Model,
  { workers, signal, progress, warn }: StageContext & { workers?: number },
): Promise<Summary> {
  return evaluateStage({
    referenceFolder,
    predictionFolder: folder,
    datasetJson: model.datasetJson,
    reader: model.plans.image_reader_writer as ReaderName,
    output: join(folder, 'summary.json'),
    byVoxel: true,
    workers,
    signal,
    progress,
    warn: (code, message) => {
      if (code !== 'predictions-missing') warn(code, message);
    },
  });
}
