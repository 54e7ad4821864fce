import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeInFile, shownPlace } from '../../../../src/vscode/volume/place';

describe('what a person points at in a volume', () => {
  const grid = { shape: [10, 8, 3], spacing: [1, 1, 4] } as const;
  const shown = { shape: [...grid.shape], spacing: [...grid.spacing] } as {
    shape: [number, number, number];
    spacing: [number, number, number];
  };

  it('is a voxel, and a region only where one makes sense', () => {
    assert.deepEqual(shownPlace({ voxel: [1, 2, 3] }), { voxel: [1, 2, 3] });
    assert.equal(shownPlace({ voxel: [1, 2] }), undefined);
    const region = { low: [0, 0, 0], high: [2, 2, 2] };
    assert.deepEqual(shownPlace({ voxel: [1, 2, 3], region }), { voxel: [1, 2, 3], region });
    for (const wrong of [
      null,
      'box',
      {},
      { low: [0, 0, 0] },
      { low: [0, 0, 2], high: [2, 2, 2] },
      { low: [-1, 0, 0], high: [1, 1, 1] },
    ])
      assert.deepEqual(shownPlace({ voxel: [1, 2, 3], region: wrong }), { voxel: [1, 2, 3] });
  });

  it('lies in the file as it is shown, cut at its edges', () => {
    const place = placeInFile({ voxel: [1, 2, 2], region: { low: [2, 0, 1], high: [20, 4, 3] } }, shown);
    assert.deepEqual(place, { voxel: [1, 2, 2], ...shown, region: { low: [2, 0, 1], high: [10, 4, 3] } });
    assert.equal(
      placeInFile({ voxel: [0, 0, 0], region: { low: [11, 0, 0], high: [12, 1, 1] } }, shown).region,
      undefined,
    );
  });

  it('counts the voxels of the file where only some are shown, with those behind the last', () => {
    const downsampled = { factors: [2, 2, 1], fullShape: [21, 16, 3], limitBytes: 1 } as never;
    const place = placeInFile(
      { voxel: [1, 2, 2], region: { low: [2, 0, 1], high: [10, 4, 3] } },
      { ...shown, downsampled },
    );
    assert.deepEqual(place.region, { low: [4, 0, 1], high: [21, 8, 3] });
    assert.deepEqual(place.spacing, [0.5, 0.5, 4]);
    assert.deepEqual(place.voxel, [2, 4, 2]);
  });
});
