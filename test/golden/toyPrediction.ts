/** nnU-Net's own toy model with its validation, and a prediction of its two validation cases as nnU-Net made it. */
import { join } from 'node:path';
import { predictStage, type PredictOptions } from '../../src/pipeline/prediction/predict';
import type { PredictResult } from '../../src/pipeline/prediction/predictionFolder';
import { sharedPath } from '../shared';

export const model = sharedPath('spec/golden/nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small');
export const validation = join(model, 'fold_0', 'validation');
export const images = sharedPath('spec/golden/nnUNet_raw/Dataset777_Toy/imagesTr');

export function predictToy(output: string, more: Partial<PredictOptions> = {}): Promise<PredictResult> {
  return predictStage({
    modelFolder: model,
    input: ['c3_0000', 'c3_0001', 'c5_0000', 'c5_0001'].map((name) => join(images, `${name}.nii.gz`)),
    output,
    folds: [0],
    mirroring: true,
    stepSize: 0.5,
    saveProbabilities: true,
    device: 'cpu',
    precision: 'fp32',
    skipExisting: false,
    progress: () => undefined,
    warn: () => undefined,
    ...more,
  });
}
