/** How long does validating a fold take, and how much disk do its probabilities take? Of so many cases of the median size. */
import type { Vector3 } from '../../geometry/types';
import type { Model } from '../modelFolder';
import { predictionCost } from './predictionCost';

interface ValidationCost {
  /** On the processor; a GPU is many times faster. */
  seconds: number;
  /** As they are before they are packed: at most. */
  probabilityBytes: number;
}

export function validationCost(model: Model, cases: number, threads?: number): ValidationCost {
  const { original_median_shape_after_transp: shape, original_median_spacing_after_transp: spacing } = model.plans;
  const backward = model.plans.transpose_backward;
  const image = {
    shape: backward.map((axis) => shape[axis]!) as Vector3,
    spacing: backward.map((axis) => spacing[axis]!) as Vector3,
  };
  const { seconds } = predictionCost([image], model, { folds: 1, mirroring: true, stepSize: 0.5, threads });
  const voxels = shape.reduce((product, length) => product * length, 1);
  return { seconds: seconds * cases, probabilityBytes: 4 * model.labels.numHeads * voxels * cases };
}
