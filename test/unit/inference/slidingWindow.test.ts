import type { Shape4 } from '../../../src/geometry/types';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countTiles, predictLogits, type Tile, type TileNetwork } from '../../../src/inference/slidingWindow';
import { float16ToFloat32 } from '../../../src/voxels/float16';

/** Two heads: the first channel, and its negative. Knows nothing of where it is. */
const voxelwise: TileNetwork = {
  heads: 2,
  run(tiles, shape) {
    const [count, channels, ...patch] = shape as [number, number, ...number[]];
    const voxels = patch.reduce((product, size) => product * size, 1);
    const logits = new Float32Array(count * 2 * voxels);
    for (let tile = 0; tile < count; tile += 1) {
      for (let at = 0; at < voxels; at += 1) {
        const value = tiles[tile * channels * voxels + at]!;
        logits[tile * 2 * voxels + at] = value;
        logits[(tile * 2 + 1) * voxels + at] = -value;
      }
    }
    return Promise.resolve(logits);
  },
};

/** Small whole numbers, which half precision holds exactly. */
function volumeOf(shape: Shape4): { data: Float32Array; shape: Shape4 } {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, at) => (at * 7) % 13), shape };
}

describe('sliding window', () => {
  const cases: { name: string; shape: Shape4; patch: number[] }[] = [
    { name: '3D', shape: [2, 9, 11, 14], patch: [4, 6, 8] },
    { name: '3D, volume smaller than the patch', shape: [1, 3, 11, 5], patch: [4, 6, 8] },
    { name: '2D', shape: [1, 3, 11, 14], patch: [6, 8] },
    { name: '2D, slices smaller than the patch', shape: [2, 3, 5, 14], patch: [6, 8] },
  ];
  for (const { name, shape, patch } of cases) {
    it(`puts tiles together to what the network says of each voxel (${name})`, async () => {
      const volume = volumeOf(shape);
      const mirrorAxes = patch.map((_, axis) => axis);
      const logits = float16ToFloat32(await predictLogits([voxelwise], volume, { patch, mirrorAxes, stepSize: 0.5 }));
      const voxels = shape[1] * shape[2] * shape[3];
      assert.equal(logits.length, 2 * voxels);
      for (let at = 0; at < voxels; at += 1) {
        // Weights and sums are rounded to half precision.
        assert.ok(Math.abs(logits[at]! - volume.data[at]!) <= 0.04, `voxel ${at}: ${logits[at]}, ${volume.data[at]}`);
        assert.equal(logits[voxels + at], 0 - logits[at]!);
      }
    });
  }

  it('averages the folds, and tells how far it is', async () => {
    const volume = volumeOf([1, 4, 6, 8]);
    const zero: TileNetwork = { heads: 2, run: (tiles) => Promise.resolve(new Float32Array(tiles.length * 2)) };
    const seen: [number, number][] = [];
    const settings = { patch: [4, 6, 8], mirrorAxes: [2], stepSize: 0.5 };
    const bits = await predictLogits([voxelwise, zero], volume, settings, {
      onProgress: (done, total) => seen.push([done, total]),
    });
    const logits = float16ToFloat32(bits);
    volume.data.forEach((value, at) => assert.ok(Math.abs(logits[at]! - value / 2) <= 0.01));
    assert.deepEqual(
      seen,
      [1, 2, 3, 4].map((done) => [done, 4]),
    );
  });

  it('hands out every tile with its place in the volume', async () => {
    const tiles: Tile[] = [];
    const settings = { patch: [4, 6, 8], mirrorAxes: null, stepSize: 1 };
    await predictLogits([voxelwise], volumeOf([1, 3, 12, 8]), settings, {
      onTile: (tile) => tiles.push({ ...tile, logits: tile.logits.slice() }),
    });
    assert.deepEqual(
      tiles.map(({ start }) => start),
      [
        [0, 0, 0],
        [0, 6, 0],
      ],
    );
    assert.equal(countTiles([3, 12, 8], settings), 2);
    // 3 slices in a patch of 4: none in front, one behind.
    assert.equal(tiles[1]!.logits[0], (6 * 8 * 7) % 13);
    assert.equal(tiles[1]!.logits[3 * 48], 0);
  });

  it('runs a 2D network over every slice once', async () => {
    const settings = { patch: [6, 8], mirrorAxes: null, stepSize: 0.5 };
    const slices: number[] = [];
    const onTile = ({ start }: Tile): void => void slices.push(start[0]);
    await predictLogits([voxelwise], volumeOf([1, 5, 6, 8]), settings, { onTile });
    assert.deepEqual(slices, [0, 1, 2, 3, 4]);
    assert.equal(countTiles([5, 6, 8], settings), 5);
    assert.equal(countTiles([5, 9, 8], settings), 10);
  });

  it('stops between two tiles when it is cancelled', async () => {
    const stop = new AbortController();
    let runs = 0;
    const network: TileNetwork = {
      heads: 2,
      run: (...call) => {
        runs += 1;
        if (runs === 2) stop.abort(new Error('enough'));
        return voxelwise.run(...call);
      },
    };
    const settings = { patch: [4, 6, 8], mirrorAxes: [0, 1, 2], stepSize: 0.5 };
    const prediction = predictLogits([network], volumeOf([1, 20, 20, 20]), settings, { signal: stop.signal });
    await assert.rejects(prediction, /enough/);
    assert.equal(runs, 2);
  });
});
