/** Where do labels lie in a volume, and where does a press on one's name lead? */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { identityAffine } from '../../../src/geometry/affine';
import { labelBoxes, labelMiddle } from '../../../webview/volume/labelPlaces';

const layer = {
  grid: { affine: identityAffine, shape: [4, 2, 2] as [number, number, number] },
  // Two slices of two rows; label 2 comes back after 7, and goes on from row to row.
  voxels: Uint8Array.of(0, 2, 7, 2, 2, 0, 0, 0, 0, 0, 0, 2, 7, 7, 0, 0),
};

describe('the box of a label', () => {
  it('holds all of it, wherever other labels lie between', () => {
    assert.deepEqual(
      [...labelBoxes(layer)],
      [
        [2, { low: [0, 0, 0], high: [3, 1, 1] }],
        [7, { low: [0, 0, 0], high: [2, 1, 1] }],
      ],
    );
  });

  it('has a voxel of the label near its middle', () => {
    assert.deepEqual(labelMiddle(layer, 7), [1, 1, 1]);
    assert.equal(labelMiddle(layer, 3), undefined);
  });
});
