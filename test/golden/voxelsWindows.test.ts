import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readNpz } from '../../src/dataset/npz';
import { float32ToFloat16 } from '../unit/voxels/roundToHalf';
import { gaussianImportance, windowStarts } from '../../src/voxels/windows';
import { describeShared, sharedPath } from '../shared';

describeShared("nnU-Net's sliding window", () => {
  it('starts its tiles at the same voxels', () => {
    const { steps } = JSON.parse(readFileSync(sharedPath('spec/golden/resampling_and_steps.json'), 'utf8')) as {
      steps: { image: number[]; tile: number[]; steps: number[][] }[];
    };
    assert.ok(steps.length > 0);
    for (const { image, tile, steps: expected } of steps) {
      assert.deepEqual(
        image.map((size, axis) => windowStarts(size, tile[axis]!, 0.5)),
        expected,
      );
    }
  });

  it('weighs them with the same Gaussian, bit for bit', async () => {
    const arrays = await readNpz(sharedPath('spec/golden/resampling.npz'), ['gauss_20_40_32', 'gauss_56_40']);
    for (const { data, shape } of Object.values(arrays)) {
      assert.deepEqual(float32ToFloat16(gaussianImportance(shape)), data);
    }
  });
});
