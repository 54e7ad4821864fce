import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readBlosc2 } from '../../src/dataset/blosc2';
import { casePickle, readCasePickle } from '../../src/dataset/properties';
import { readPickle } from '../../src/engine/pickle';
import { describeShared, sharedPath } from '../shared';

const cases = sharedPath('spec/golden/nnUNet_preprocessed/Dataset777_Toy/nnUNetPlans_3d_fullres');
const requests = [[1], [2]];

describeShared("nnU-Net's CASE.pkl", () => {
  it('gives the properties under their names', async () => {
    const { properties } = await readCasePickle(join(cases, 'c0.pkl'));
    assert.deepEqual(properties, {
      nibabel_stuff: {
        original_affine: [
          [1, 0, 0, 0],
          [0, 1.100000023841858, 0, 0],
          [0, 0, 1.2000000476837158, 0],
          [0, 0, 0, 1],
        ],
      },
      spacing: [1.2000000476837158, 1.100000023841858, 1],
      shape_before_cropping: [30, 44, 36],
      bbox_used_for_cropping: [
        [5, 25],
        [8, 36],
        [6, 30],
      ],
      shape_after_cropping_and_before_resampling: [20, 28, 24],
    });
  });

  it('gives locations that carry their label in the preprocessed case', async () => {
    for (const name of ['c0', 'c1', 'c2', 'c3', 'c4', 'c5']) {
      const { locations } = await readCasePickle(join(cases, `${name}.pkl`), requests);
      const { data, shape } = await readBlosc2(join(cases, `${name}_seg.b2nd`));
      const [, , height, width] = shape as [number, number, number, number];
      assert.ok(locations!.shape[0]! > 1000);
      for (let at = 0; at < locations!.data.length; at += 4) {
        const [request, z, y, x] = locations!.data.subarray(at, at + 4) as unknown as [number, number, number, number];
        assert.equal(data[(z * height + y) * width + x], requests[request]![0]);
      }
    }
  });

  it('is written back with equal content', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'properties-'));
    for (const name of ['c0', 'c5']) {
      const { properties, locations } = await readCasePickle(join(cases, `${name}.pkl`), requests);
      const file = join(folder, `${name}.pkl`);
      await writeFile(file, casePickle(properties, locations, requests));
      assert.deepEqual(await readCasePickle(file, requests), { properties, locations });
      assert.deepEqual(readPickle(await readFile(file)), readPickle(await readFile(join(cases, `${name}.pkl`))));
    }
    await rm(folder, { recursive: true });
  });

  it('of a prediction has no locations', async () => {
    const results = 'spec/golden/nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small/fold_0/validation';
    const { properties } = await readCasePickle(sharedPath(results, 'c3.pkl'));
    assert.deepEqual(properties.shape_before_cropping, [33, 44, 42]);
  });
});
