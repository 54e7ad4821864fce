import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addConfiguration } from '../../../src/method/addedConfiguration';
import { presetOf, trainingGigabytes } from '../../../src/method/planner/gpuMemory';
import { plannerPresets } from '../../../src/method/planner/presets';
import { plansToJson } from '../../../src/method/plansText';
import { getConfiguration, readPlans } from '../../../src/method/plans';
import { plansOf } from './somePlans';

const plans = plansOf({ shape: [60, 200, 200], spacing: [2, 1, 1] });

describe('a configuration that a person adds', () => {
  it('inherits what is not changed, and is read back from the file', () => {
    const parent = getConfiguration(plans, '3d_fullres');
    const added = addConfiguration(plans, { name: 'own', from: '3d_fullres', changes: { batchSize: 3 } });
    const again = readPlans(plansToJson(added));
    assert.deepEqual(again.configurations.own, { inherits_from: '3d_fullres', batch_size: 3 });
    assert.deepEqual(getConfiguration(again, 'own'), { ...parent, batch_size: 3 });
    assert.equal(plans.configurations.own, undefined, 'the plans that were given are as they were');
  });

  it('keeps the network where the patch can be halved as often, and has one planned where it can not', () => {
    const { patch_size: patch, architecture } = getConfiguration(plans, '3d_fullres');
    const smaller = patch.map((voxels, axis) => (axis === 2 ? voxels - 32 : voxels));
    const kept = addConfiguration(plans, { name: 'own', from: '3d_fullres', changes: { patchSize: smaller } });
    assert.deepEqual(kept.configurations.own, { inherits_from: '3d_fullres', patch_size: smaller });
    const odd = addConfiguration(plans, { name: 'own', from: '3d_fullres', changes: { patchSize: [20, 50, 50] } });
    const own = getConfiguration(odd, 'own');
    assert.notDeepEqual(own.architecture, architecture);
    assert.ok(
      own.patch_size.every((voxels, axis) => voxels >= [20, 50, 50][axis]!),
      String(own.patch_size),
    );
  });

  it('has a folder of its own where it is resampled otherwise', () => {
    const added = addConfiguration(plans, { name: 'fine', from: '3d_fullres', changes: { spacing: [1, 1, 1] } });
    const own = getConfiguration(added, 'fine');
    assert.equal(own.data_identifier, 'nnUNetPlans_fine');
    assert.deepEqual(own.median_image_size_in_voxels, [120, 200, 200]);
    assert.deepEqual(own.spacing, [1, 1, 1]);
  });

  it('is refused where its name is taken or none, nothing differs, or it could not be trained', () => {
    const add =
      (name: string, changes: object, from = '3d_fullres') =>
      () =>
        addConfiguration(plans, { name, from, changes });
    for (const name of ['', '3d_fullres', '3d_lowres', 'a__b', 'a/b', '../a'])
      assert.throws(add(name, { batchSize: 3 }), { code: 'configuration-name' }, name);
    const { batch_size: batchSize } = getConfiguration(plans, '3d_fullres');
    assert.throws(add('own', { batchSize }), { code: 'configuration-unchanged' });
    assert.throws(add('own', { batchSize: 0 }), { code: 'configuration-invalid' });
    assert.throws(add('own', { batchSize: 2 }, 'other'), { code: 'configuration-unknown' });
    assert.throws(add('own', { patchSize: [0, 64, 64] }), { code: 'patch-size-invalid' });
    assert.throws(add('own', { patchSize: [64, 64] }), { code: 'configuration-axes' });
    assert.throws(add('own', { spacing: [500, 500, 500] }), { code: 'spacing-too-coarse' });
  });

  it('does not inherit the cascade', () => {
    const large = plansOf({ shape: [400, 600, 600], spacing: [1, 1, 1] });
    assert.throws(
      () => addConfiguration(large, { name: 'own', from: '3d_cascade_fullres', changes: { batchSize: 4 } }),
      {
        code: 'configuration-cascade',
      },
    );
    const added = addConfiguration(large, { name: 'own', from: '3d_lowres', changes: { batchSize: 4 } });
    assert.equal(getConfiguration(added, 'own').next_stage, null);
  });
});

describe('the memory that a training takes on a GPU', () => {
  it('is what was planned for, but for what the patch could not use', () => {
    const configuration = getConfiguration(plansOf({ shape: [400, 600, 600], spacing: [1, 1, 1] }), '3d_fullres');
    const gigabytes = trainingGigabytes(configuration, plannerPresets.default, 3)!;
    assert.ok(gigabytes > 6.5 && gigabytes <= 8, String(gigabytes));
    const twice = trainingGigabytes({ ...configuration, batch_size: 4 }, plannerPresets.default, 3)!;
    assert.equal(twice, 2 * gigabytes);
  });

  it('is counted with the constants of the planner that made the plans', () => {
    const configuration = getConfiguration(plans, '2d');
    assert.equal(presetOf(plans, configuration), plannerPresets.default);
    const renamed = { ...plans, experiment_planner_used: 'MyPlanner' };
    assert.equal(presetOf(renamed, configuration), plannerPresets.default);
    const foreign = { ...configuration.architecture, network_class_name: 'a.b.Other' };
    assert.equal(presetOf(renamed, { ...configuration, architecture: foreign }), undefined);
  });
});
