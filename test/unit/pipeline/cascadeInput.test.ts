import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Geometry, Shape3, VoxelArray } from '../../../src/geometry/types';
import { readImages } from '../../../src/images/volumes';
import { writeVolume } from '../../../src/images/write';
import type { NnunetError } from '../../../src/method/errors';
import { previousStageLabels } from '../../../src/pipeline/prediction/cascadeInput';
import { scratchFolder } from '../dataset/scratch';

const shape: Shape3 = [2, 2, 3];
const labels = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
const grid: Geometry = { spacing: [1, 1, 2], origin: [5, 6, 7], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
/** The same voxels, stored from the other end of x. */
const mirrored: Geometry = { ...grid, origin: [7, 6, 7], direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] };
const code = (expected: string) => (error: NnunetError) => error.code === expected && error.hint.length > 0;

async function read(test: TestContext, voxels: VoxelArray, geometry: Partial<Geometry>, of: Shape3 = shape) {
  const folder = await scratchFolder(test);
  const [image, mask] = [join(folder, 'a_0000.nii.gz'), join(folder, 'a.nii.gz')];
  await writeVolume(image, new Int16Array(labels.length), shape, grid);
  await writeVolume(mask, voxels, of, geometry);
  return previousStageLabels(mask, await readImages([image], 'SimpleITKIO'), 'SimpleITKIO');
}

describe('the labels of the previous stage', () => {
  it('are turned where they are stored in other directions than the image', async (test) => {
    assert.deepEqual([...(await read(test, labels, grid))], [...labels]);
    const stored = Uint8Array.of(2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9);
    assert.deepEqual([...(await read(test, stored, mirrored))], [...labels]);
  });

  it('are refused where they lie elsewhere, or have another shape', async (test) => {
    await assert.rejects(read(test, labels, { ...grid, origin: [5, 6, 9] }), code('grid-mismatch'));
    await assert.rejects(read(test, labels, grid, [3, 2, 2]), code('shape-mismatch'));
  });

  it('are whole numbers, be they stored a hair off', async (test) => {
    const floats = Float32Array.from(labels, (value) => value - 1e-6);
    assert.deepEqual([...(await read(test, floats, grid))], [...labels]);
    await assert.rejects(
      read(
        test,
        Float32Array.from(labels, (value) => value / 2),
        grid,
      ),
      code('label-not-integer'),
    );
  });
});
