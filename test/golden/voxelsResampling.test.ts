import type { Shape3, Shape4 } from '../../src/geometry/types';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { readNpz } from '../../src/dataset/npz';
import { runNative } from '../../src/voxels/load';
import { resampleImage, resampleSegmentation } from '../../src/voxels/resample';
import { describeShared, sharedPath } from '../shared';

interface ResamplingCase {
  name: string;
  current_spacing: number[];
  new_spacing: number[];
  new_shape: Shape3;
}

const image = { order: 3, orderZ: 0, forceSeparateZ: null };
const linear = { order: 1, orderZ: 0, forceSeparateZ: null };

describeShared("nnU-Net's resampling", () => {
  const { resampling } = JSON.parse(readFileSync(sharedPath('spec/golden/resampling_and_steps.json'), 'utf8')) as {
    resampling: ResamplingCase[];
  };
  const arrays = readNpz(sharedPath('spec/golden/resampling.npz'));

  for (const { name, current_spacing: current, new_spacing: target, new_shape: newShape } of resampling) {
    it(`${name}: images are identical`, async () => {
      const { data, shape } = (await arrays)[`${name}_data`]!;
      const result = await resampleImage(data as Float32Array, shape as Shape4, newShape, current, target, image);
      assert.deepEqual(result, (await arrays)[`${name}_data_out`]!.data);
    });

    it(`${name}: labels are identical`, async () => {
      const { data, shape } = (await arrays)[`${name}_seg`]!;
      const labels = Int16Array.from(data as Float32Array);
      const result = await resampleSegmentation(labels, shape as Shape4, newShape, current, target, linear);
      assert.deepEqual(result, Int16Array.from((await arrays)[`${name}_seg_out`]!.data as Float32Array));
    });

    it(`${name}: float16 logits are identical, whatever the number of threads`, async () => {
      const { data, shape } = (await arrays)[`${name}_logits`]!;
      for (const threads of [1, 3]) {
        const bits = data as Uint16Array;
        const result = await runNative({ threads }, (voxels, run) =>
          voxels.resampleLogits(bits, shape as Shape4, newShape, current, target, linear, run),
        );
        assert.deepEqual(result, (await arrays)[`${name}_logits_out`]!.data);
      }
    });
  }
});
