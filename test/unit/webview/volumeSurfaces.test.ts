/** Do the 3D view's surfaces show their outside, whichever way the file's axes run? */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Affine, Vector3 } from '../../../src/geometry/types';
import { isWorthAPicture, labelSurface } from '../../../webview/volume/surfaces';
import type { Layer } from '../../../webview/volume/slices';

const size = 16;
const middle = (size - 1) / 2;

/** A ball in the middle of a cube of voxels. */
function ball(affine: Affine): Layer {
  const voxels = new Uint8Array(size ** 3);
  for (let i = 0; i < voxels.length; i++) {
    const place = [i % size, Math.floor(i / size) % size, Math.floor(i / size ** 2)];
    if (Math.hypot(...place.map((at) => at - middle)) < 5) voxels[i] = 1;
  }
  return { grid: { shape: [size, size, size], affine }, voxels };
}

const subtract = (a: number[], b: number[]): number[] => a.map((value, i) => value - (b[i] ?? 0));
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const cross = ([a, b, c]: number[], [d, e, f]: number[]): number[] => [
  b! * f! - c! * e!,
  c! * d! - a! * f!,
  a! * e! - b! * d!,
];

describe('the surface of a label', () => {
  const axes: Record<string, number[][]> = {
    RAS: [[2, 0, 0], [0, 3, 0], [0, 0, 4]], // prettier-ignore
    LAS: [[-2, 0, 0], [0, 3, 0], [0, 0, 4]], // prettier-ignore
    LIA: [[-2, 0, 0], [0, 0, 4], [0, -3, 0]], // prettier-ignore
    LPI: [[-2, 0, 0], [0, -3, 0], [0, 0, -4]], // prettier-ignore
  };
  for (const [code, rows] of Object.entries(axes))
    it(`turns its outside to the viewer in ${code}`, () => {
      const affine = [...rows.map((row, i) => [...row, i * 10]), [0, 0, 0, 1]];
      const surface = labelSurface(ball(affine), 1, { low: [2, 2, 2], high: [13, 13, 13] });
      const points = surface.getPoints().getData() as Float32Array;
      const normals = surface.getPointData().getNormals()!.getData() as Float32Array;
      const at = (values: Float32Array, index: number): Vector3 =>
        [...values.subarray(3 * index, 3 * index + 3)] as Vector3;
      const centre = rows.map((row, i) => dot(row, [middle, middle, middle]) + i * 10);
      const cells = surface.getPolys().getData() as Uint32Array;
      let triangles = 0;
      for (let i = 0; i < cells.length; i += 4, triangles++) {
        const [a, b, c] = [...cells.subarray(i + 1, i + 4)].map((index) => at(points, index)) as [
          Vector3,
          Vector3,
          Vector3,
        ];
        const outwards = subtract(a, centre);
        assert.ok(dot(cross(subtract(b, a), subtract(c, a)), outwards) >= -1e-4, `triangle ${triangles}`);
        assert.ok(dot(at(normals, cells[i + 1]!), outwards) > 0, `normal of triangle ${triangles}`);
      }
      assert.ok(triangles > 100, `${triangles} triangles`);
    });
});

describe('the surfaces of many labels', () => {
  it('are drawn few times while they are built, and at the end', () => {
    const drawn = Array.from({ length: 53 }, (_, at) => at + 1).filter((built) => isWorthAPicture(built, 53));
    assert.deepEqual(drawn, [1, 2, 4, 8, 16, 32, 53]);
    assert.ok(isWorthAPicture(1, 1));
  });
});
