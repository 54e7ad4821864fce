import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { arrayBox, regionAround, regionSize } from '../../../../src/vscode/prediction/regionBox';
import type { ImagePlace } from '../../../../src/vscode/volume/place';

const place: ImagePlace = { voxel: [50, 40, 10], shape: [100, 80, 20], spacing: [0.5, 1, 5] };

describe('a region around the crosshair', () => {
  it('is given in mm, or in voxels, x y z', () => {
    assert.deepEqual(regionAround('20', place), { low: [8, 30, 30], high: [12, 50, 70] });
    assert.deepEqual(regionAround('10 20 10 mm', place), { low: [9, 30, 40], high: [11, 50, 60] });
    assert.deepEqual(regionAround('8 x 6 x 4 voxels', place), { low: [8, 37, 46], high: [12, 43, 54] });
  });

  it('ends where the image does', () => {
    assert.deepEqual(regionAround('1000', place), { low: [0, 0, 0], high: [20, 80, 100] });
    assert.deepEqual(regionAround('0.01', place), { low: [10, 40, 50], high: [11, 41, 51] });
  });

  it('that was drawn has a size in mm, and a box in the order of the array', () => {
    const region = { low: [10, 20, 5], high: [70, 30, 6] } satisfies ImagePlace['region'];
    assert.equal(regionSize(region, place.spacing), '30 × 10 × 5 mm');
    assert.deepEqual(arrayBox(region), { low: [5, 20, 10], high: [6, 30, 70] });
  });

  it('says what is wrong with what was written', () => {
    for (const text of ['', 'large', '1 2', '0', '1 2 3 4', '5 km'])
      assert.equal(typeof regionAround(text, place), 'string');
  });
});
