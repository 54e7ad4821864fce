import assert from 'node:assert/strict';
import { readdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readBlosc2, readBlosc2Header } from '../../src/dataset/blosc2';
import { writeBlosc2 } from '../../src/dataset/blosc2Writer';
import { blockLayout } from '../../src/dataset/bloscLayout';
import { describeShared, sharedPath } from '../shared';

const folder = sharedPath('spec/golden/nnUNet_preprocessed/Dataset777_Toy/nnUNetPlans_3d_fullres');
const patch = [24, 28, 32];

describeShared("nnU-Net's preprocessed cases", () => {
  for (const name of ['c0', 'c1', 'c2', 'c3', 'c4', 'c5']) {
    it(`decodes image and labels of ${name}`, async () => {
      const image = await readBlosc2(join(folder, `${name}.b2nd`));
      const labels = await readBlosc2(join(folder, `${name}_seg.b2nd`));
      assert.equal(image.dtype, 'float32');
      assert.equal(labels.dtype, 'int16');
      assert.deepEqual(image.shape.slice(1), labels.shape.slice(1));
      assert.deepEqual([image.shape[0], labels.shape[0]], [2, 1]);
      assert.deepEqual([...new Set(labels.data as Int16Array)].sort(), [0, 1, 2]);
      // Channel 1 is z-scored: mean 0 and deviation about 1.
      const mr = (image.data as Float32Array).subarray(labels.data.length);
      const mean = mr.reduce((sum, value) => sum + value, 0) / mr.length;
      const variance = mr.reduce((sum, value) => sum + (value - mean) ** 2, 0) / mr.length;
      assert.ok(Math.abs(mean) < 1e-3 && Math.abs(variance - 1) < 0.05, `mean ${mean}, variance ${variance}`);
    });
  }

  it('cuts arrays as nnU-Net does', async () => {
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.b2nd'))) {
      const { shape, dtype, chunkShape, blockShape } = await readBlosc2Header(join(folder, file));
      assert.deepEqual(blockLayout(shape, dtype === 'int16' ? 2 : 4, patch), { chunkShape, blockShape }, file);
    }
  });

  it('writes the cases back with equal content', async () => {
    const target = await mkdtemp(join(tmpdir(), 'blosc2-'));
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.b2nd'))) {
      const array = await readBlosc2(join(folder, file));
      await writeBlosc2(join(target, file), array, patch);
      assert.deepEqual(await readBlosc2(join(target, file)), array);
    }
    await rm(target, { recursive: true });
  });
});
