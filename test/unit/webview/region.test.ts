/** A region drawn by the mouse, by value: in every plane, on mirrored axes, at the edges. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sliceLayout, type ShownGrid } from '../../../webview/volume/geometry';
import { fits, gripAt, isOnSlice, rectangleOf, regionOf, sideLengths, type Grip } from '../../../webview/volume/region';
import { sizeText } from '../../../webview/volume/quantities';
import { initialState, restoredState } from '../../../webview/volume/state';

/** 40 x 30 x 10 voxels of 1 x 1 x 3 mm, stored RAS: radiological pictures mirror x, all mirror y and z. */
const grid: ShownGrid = {
  affine: [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 3, 0],
    [0, 0, 0, 1],
  ],
  shape: [40, 30, 10],
};
const axial = sliceLayout(grid, 'axial', 'radiological');
const coronal = sliceLayout(grid, 'coronal', 'radiological');

const drawn = regionOf({ layout: axial, slice: 5, from: { column: 22.4, row: 4.2 } }, { column: 9.7, row: 15.9 })!;

describe('a region that is drawn', () => {
  it('holds every voxel that was touched, and is as deep as its larger side', () => {
    // Columns 9 to 23 from the patient's right are x = 17 … 31; rows 4 to 16 from the front are y = 14 … 26.
    assert.deepEqual(drawn, { low: [17, 14, 3], high: [31, 26, 8] });
    assert.deepEqual(rectangleOf(axial, drawn), { left: 9, right: 23, top: 4, bottom: 16 });
    assert.deepEqual(rectangleOf(coronal, drawn), { left: 9, right: 23, top: 2, bottom: 7 });
    assert.deepEqual(
      [2, 3, 7, 8].map((slice) => isOnSlice(axial, drawn, slice)),
      [false, true, true, false],
    );
  });

  it('ends at the edges of the image, and is not there after a click', () => {
    const from = { column: 30, row: 20 };
    const all = regionOf({ layout: axial, slice: 0, from: { column: -5, row: -5 } }, { column: 500, row: 500 });
    assert.deepEqual(all, { low: [0, 0, 0], high: [40, 30, 8] });
    assert.equal(regionOf({ layout: axial, slice: 0, from }, { column: 30.4, row: 20.3 }), undefined);
  });

  it('is taken by an edge, a corner or as a whole', () => {
    const rectangle = rectangleOf(axial, drawn);
    const reach = { column: 1, row: 1 };
    const grips: [column: number, row: number, grip: Grip | undefined][] = [
      [9.3, 10, { column: -1, row: 0 }],
      [23.6, 15.5, { column: 1, row: 1 }],
      [16, 3.4, { column: 0, row: -1 }],
      [16, 10, { column: 0, row: 0 }],
      [25, 10, undefined],
      [16, 20, undefined],
    ];
    for (const [column, row, grip] of grips) assert.deepEqual(gripAt(rectangle, { column, row }, reach), grip);
  });

  it('changes only where it is pulled, also in another plane', () => {
    const pull = (layout: typeof axial, grip: Grip, columns: number, rows: number) =>
      regionOf(
        { layout, slice: 5, from: { column: 10, row: 10 }, region: drawn, grip },
        { column: 10 + columns, row: 10 + rows },
      );
    assert.deepEqual(pull(coronal, { column: 0, row: -1 }, 9, -2), { low: [17, 14, 3], high: [31, 26, 10] });
    assert.deepEqual(pull(axial, { column: 1, row: 1 }, 3, -2), { low: [14, 16, 3], high: [31, 26, 8] });
    assert.deepEqual(pull(axial, { column: 0, row: 0 }, 4.4, -100), { low: [13, 18, 3], high: [27, 30, 8] });
    assert.deepEqual(pull(axial, { column: -1, row: 0 }, 100, 0), { low: [17, 14, 3], high: [18, 26, 8] });
  });

  it('has a size in mm', () => {
    const measure = { hasSpacing: true, dimensions: 3 } as const;
    assert.equal(sizeText(sideLengths(drawn, [1, 1, 3]), measure), '14 × 12 × 15 mm');
    assert.equal(sizeText([123.4, 0.12345], measure), '123 × 0.123 mm');
  });

  it('is kept, unless it makes no sense', () => {
    const settings = { isRadiological: true, maskOpacity: 0.5 };
    const kept = { ...initialState(settings), region: drawn };
    assert.deepEqual(restoredState(JSON.parse(JSON.stringify(kept)), settings).region, drawn);
    for (const wrong of [undefined, {}, { low: [1, 2, 3] }, { low: [1, 2, 3], high: [1, 2, 'x'] }])
      assert.equal(restoredState({ ...kept, region: wrong }, settings).region, null);
    assert.ok(fits(drawn, grid.shape));
    assert.ok(!fits(drawn, [30, 30, 30]) && !fits({ low: [3, 0, 0], high: [3, 1, 1] }, grid.shape));
  });
});
