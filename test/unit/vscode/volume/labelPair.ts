/** A reference and a prediction to compare: small enough to count voxels by eye. */
import type { Shape3 } from '../../../../src/geometry/types';

export const shape: Shape3 = [2, 3, 8];
export const affine = [
  [0.5, 0, 0, 0],
  [0, 0.5, 0, 0],
  [0, 0, 4, 0],
  [0, 0, 0, 1],
];
/** Two slices of three rows; the ignore label is 3. */
export const rows = (text: string): Uint8Array => Uint8Array.from(text.replace(/\s/g, ''), Number);
export const pair = {
  grid: { shape, affine },
  ignoreLabel: 3,
  reference: rows(`11000000 11000022 00000022
                   11003330 00000000 00000000`),
  prediction: rows(`11100000 11000022 00000011
                    00001110 00000000 11000000`),
};
