/** Which whole label values does a mask have that floating point has left a hair off? */
import { integerTolerance } from '../dataset/importers/examineLabels';
import type { Shape3 } from '../geometry/types';
import { EvaluationError } from '../method/errors';

/** @throws EvaluationError `label-not-integer` */
export function roundedLabels(data: Float32Array, shape: Shape3, file: string): Float32Array {
  const labels = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += 1) {
    labels[at] = Math.round(data[at]!);
    if (!(Math.abs(labels[at]! - data[at]!) <= integerTolerance)) throw noLabel(data[at]!, at, shape, file);
  }
  return labels;
}

function noLabel(value: number, at: number, [depth, height, width]: Shape3, where: string): EvaluationError {
  const voxel = [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height)) % depth];
  return new EvaluationError(
    'label-not-integer',
    `Voxel (${voxel.join(', ')}) has the value ${Number(value.toPrecision(7))}, which is no label`,
    {
      where,
      hint: 'Labels are whole numbers: give label maps, not probabilities, and resample them with nearest neighbours.',
    },
  );
}
