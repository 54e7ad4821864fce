import type { Vector3 } from '../../../../src/geometry/types';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseDisplayGrid, shownSlices } from '../../../../src/vscode/volume/displayGrid';
import { shownBox } from '../../../../src/vscode/volume/growingMask';
import { GrowingMask } from '../../../../webview/volume/growing';

const shape: [number, number, number] = [7, 9, 11];
const affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
] as never;
const full = Uint8Array.from({ length: 7 * 9 * 11 }, (_, at) => (at * 7) % 5);

function boxOf(low: Vector3, size: Vector3): Uint8Array {
  const [, height, width] = shape;
  const box: number[] = [];
  for (let z = 0; z < size[0]; z += 1)
    for (let y = 0; y < size[1]; y += 1)
      for (let x = 0; x < size[2]; x += 1) box.push(full[((z + low[0]) * height + y + low[1]) * width + x + low[2]]!);
  return Uint8Array.from(box);
}

describe('a mask that grows while it is predicted', () => {
  for (const limit of [10_000, 300, 60, 9]) {
    it(`is, box by box, what the finished mask shows (at most ${limit} bytes)`, () => {
      const grid = chooseDisplayGrid({ shape, affine }, 1, limit);
      const shown: Vector3 = [grid.shape[2], grid.shape[1], grid.shape[0]];
      const mask = new GrowingMask({ affine: grid.affine as never, shape: shown });
      // Tiles that overlap, touch and reach the edge.
      for (const [z, depth] of [
        [0, 4],
        [3, 4],
      ] as const)
        for (const [y, height] of [
          [0, 5],
          [5, 4],
        ] as const)
          for (const [x, width] of [
            [0, 1],
            [1, 6],
            [6, 5],
          ] as const) {
            const box = shownBox(
              { low: [z, y, x], shape: [depth, height, width], labels: boxOf([z, y, x], [depth, height, width]) },
              grid.factors,
            );
            if (box) mask.add({ name: 'model', labels: [], ...box });
          }
      assert.deepEqual(mask.layer?.voxels, shownSlices(full, grid, 0, grid.shape[0]));
    });
  }

  it('keeps labels beyond 255, and their names', () => {
    const box = shownBox({ low: [0, 0, 0], shape: [1, 1, 2], labels: Uint16Array.of(300, 1) })!;
    const mask = new GrowingMask({ affine, shape: [2, 1, 1] });
    mask.add({ name: 'model', labels: [{ value: 300, name: 'left lung', isIgnored: false }], ...box });
    assert.deepEqual([...mask.layer!.voxels], [300, 1]);
    assert.equal(mask.label(300)?.name, 'left lung');
  });
});
