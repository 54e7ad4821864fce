import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Shape4 } from '../../../src/geometry/types';
import { gridAsNibabel, writeNifti } from '../../../src/images/niftiWrite';
import { examineImage } from '../../../src/pipeline/prediction/examineImage';
import { scratchFolder } from '../dataset/scratch';
import { thresholdModel } from '../inference/toyModel';

/** A model of about 20 voxels of 1 mm, and a scan. */
async function scene(test: TestContext, shape: Shape4, slice: number) {
  const folder = await scratchFolder(test);
  const model = thresholdModel(join(folder, 'bright.onnx'), 0);
  const affine = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, slice, 0],
    [0, 0, 0, 1],
  ];
  const file = join(folder, 'scan.nii');
  const voxels = Int16Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => ((at * 7919) % 1000) - 500);
  await writeNifti(file, voxels, shape, gridAsNibabel(affine, [1, 1, slice]));
  return { model, images: [file] };
}

describe('one image before its prediction', () => {
  it('is fine, with what it costs, where it is like those of the training', async (test) => {
    const { doubts, cost } = await examineImage({ ...(await scene(test, [1, 18, 22, 20], 1)), isPart: false });
    assert.deepEqual(doubts, []);
    assert.ok(cost!.seconds > 0 && cost!.bytes > 0);
  });

  it('is doubted where it is not, a drawn region as well', async (test) => {
    const given = await scene(test, [1, 4, 22, 20], 9);
    for (const isPart of [false, true]) {
      const { doubts } = await examineImage({ ...given, isPart });
      assert.deepEqual(
        doubts.map(({ code }) => code),
        ['spacing-unlike'],
      );
    }
  });

  it('is refused with the channels that the model takes', async (test) => {
    const given = await scene(test, [3, 18, 22, 20], 1);
    await assert.rejects(examineImage({ ...given, isPart: false }), {
      code: 'channel-count',
      message: /3 volumes along a fourth axis; the model needs 1 \(CT\)/,
    });
  });
});
