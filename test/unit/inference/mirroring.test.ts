import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addMirrored, mirrored, mirrorings } from '../../../src/inference/mirroring';

describe('mirroring', () => {
  it('adds the mirrored images in the order of the peer', () => {
    assert.deepEqual(mirrorings([0, 1, 2]), [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]);
    assert.deepEqual(mirrorings([0, 1]), [[0], [1], [0, 1]]);
    assert.deepEqual(mirrorings([]), []);
  });

  it('mirrors every patch along the axes asked for', () => {
    const two = Float32Array.of(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16);
    assert.deepEqual([...mirrored(two, [2, 3], [1])], [3, 2, 1, 6, 5, 4, 13, 12, 11, 16, 15, 14]);
    assert.deepEqual([...mirrored(two, [2, 3], [0])], [4, 5, 6, 1, 2, 3, 14, 15, 16, 11, 12, 13]);
    const volume = Float32Array.from({ length: 12 }, (_, at) => at);
    assert.deepEqual([...mirrored(volume, [2, 2, 3], [0, 2])], [8, 7, 6, 11, 10, 9, 2, 1, 0, 5, 4, 3]);
  });

  it('undoes itself, also while it adds', () => {
    const patches = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, at) => Math.sin(at));
    for (const axes of [[0], [1], [2], [0, 1], [0, 1, 2]]) {
      const turned = mirrored(patches, [3, 4, 5], axes);
      assert.notDeepEqual(turned, patches);
      assert.deepEqual(mirrored(turned, [3, 4, 5], axes), patches);
      const sum = new Float32Array(patches.length).fill(1);
      addMirrored(sum, turned, [3, 4, 5], axes);
      assert.deepEqual(
        sum,
        patches.map((value) => value + 1),
      );
    }
  });
});
