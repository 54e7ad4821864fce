import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Vector3 } from '../../../src/geometry/types';
import { explainPlans } from '../../../src/report/plans/explainPlans';
import { foreseeConfiguration, parseSizes } from '../../../src/report/plans/foreseenConfiguration';
import { inFileOrder, inImageOrder } from '../../../src/report/plans/imageOrder';
import { patchPicture, spacingPicture, stagesPicture } from '../../../src/report/plans/planPictures';
import { getConfiguration } from '../../../src/method/plans';
import { fingerprintOf, plansOf, someDatasetJson } from '../method/somePlans';

function materialOf(some: Parameters<typeof plansOf>[0]) {
  const fingerprint = fingerprintOf(some);
  const datasetJson = { ...someDatasetJson, numTraining: fingerprint.spacings.length };
  return { plans: plansOf(some, fingerprint), fingerprint, datasetJson };
}

function wordsOf(material: ReturnType<typeof materialOf>, name: string, topic: string) {
  const one = explainPlans(material, 4).configurations.find((configuration) => configuration.name === name)!;
  const choice = one.choices.find((found) => found.topic === topic)!;
  return { choice: choice.choice, why: choice.why.join(' ') };
}

describe('explained plans', () => {
  const large = materialOf({ shape: [200, 300, 400], spacing: [1, 1, 1] });

  it('say of every configuration what was chosen, in the order of the image', () => {
    const { configurations, measured, dataset } = explainPlans(large, 4);
    assert.equal(dataset, 'Dataset001_Liver');
    assert.ok(
      measured.some(([, value]) => value === '400 × 300 × 200 voxels'),
      JSON.stringify(measured),
    );
    assert.deepEqual(
      configurations.map(({ name }) => name),
      ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'],
    );
    const { patch_size: patch } = getConfiguration(large.plans, '3d_fullres');
    const { choice, why } = wordsOf(large, '3d_fullres', 'Patch');
    assert.ok(choice.startsWith(`${[...patch].reverse().join(' × ')} voxels`), choice);
    assert.match(why, /made smaller .* 8 GB/);
    for (const { choices, cost } of configurations) {
      assert.equal(choices.length, 7);
      assert.ok(cost!.gpuGigabytes! > 0 && cost!.memoryBytes > 0);
    }
  });

  it('tell the median from the finer spacing of thick slices, and both from what a person has changed', () => {
    assert.match(wordsOf(large, '3d_fullres', 'Spacing').why, /That of all 20 training cases/);
    const thick = fingerprintOf({ shape: [30, 300, 300], spacing: [6, 1, 1] });
    thick.spacings = thick.spacings.map((_, at): Vector3 => [at < 5 ? 4 : 6, 1, 1]);
    const plans = plansOf({ shape: [30, 300, 300], spacing: [6, 1, 1] }, thick);
    const material = { plans, fingerprint: thick, datasetJson: someDatasetJson };
    assert.match(wordsOf(material, '3d_fullres', 'Spacing').why, /except along z.* 6 mm/);
    assert.match(wordsOf(material, '3d_fullres', 'Network').why, /kernels are flat/);
    plans.configurations['3d_fullres'] = { ...plans.configurations['3d_fullres']!, spacing: [3, 1, 1] };
    assert.match(wordsOf(material, '3d_fullres', 'Spacing').why, /Chosen by a person/);
  });

  it('say what bounds the batch', () => {
    assert.match(wordsOf(large, '3d_fullres', 'Batch').why, /The least/);
    const small = materialOf({ shape: [36, 50, 35], spacing: [1, 1, 1], cases: 200 });
    assert.match(wordsOf(small, '3d_fullres', 'Batch').why, /no more than 5 % of the voxels/);
    const few = materialOf({ shape: [36, 50, 35], spacing: [1, 1, 1], cases: 20 });
    assert.match(wordsOf(few, '3d_fullres', 'Batch').why, /The least\. It has more than 5 %/);
    assert.match(wordsOf(small, '3d_fullres', 'Patch').why, /fits into it as a whole/);
  });

  it('explain what they can where there are no labels, no measurements, or a configuration is broken', () => {
    const plans = structuredClone(large.plans);
    plans.configurations.own = { inherits_from: '3d_fullres', patch_size: [1, 2, 3] };
    const { configurations } = explainPlans({ plans }, 4);
    assert.match(configurations.at(-1)!.problem!, /patch size 1 x 2 x 3/);
    assert.equal(configurations[0]!.cost, undefined);
    assert.match(configurations[0]!.choices[0]!.why.join(' '), /dataset_fingerprint\.json/);
  });

  it('are drawn: the patch within the image, the stages, the spacings', () => {
    const full = getConfiguration(large.plans, '3d_fullres');
    assert.equal(patchPicture(full, large.plans).match(/class="patch"/g)?.length, 3, 'three views');
    assert.equal(patchPicture(getConfiguration(large.plans, '2d'), large.plans).match(/class="patch"/g)?.length, 1);
    const stages = full.architecture.arch_kwargs.n_stages;
    assert.equal(stagesPicture(full, large.plans).match(/<rect/g)?.length, 2 * stages - 1);
    assert.equal(spacingPicture(large.fingerprint).match(/<circle/g)?.length, 3 * 20);
  });
});

describe('sizes in the order of the image', () => {
  it('undo the order of the plans, of slices too', () => {
    const turned = { transpose_forward: [1, 0, 2] as Vector3 };
    // In the file: array axes 1, 0, 2, which are y, z, x.
    assert.deepEqual(inImageOrder([11, 12, 13], turned), [13, 11, 12]);
    assert.deepEqual(inFileOrder([13, 11, 12], turned), [11, 12, 13]);
    assert.deepEqual(inImageOrder([12, 13], turned), [13, 12]);
    assert.deepEqual(inFileOrder(inImageOrder([5, 6], turned), turned), [5, 6]);
  });

  it('are read as people write them', () => {
    for (const text of ['96x96x64', '96 × 96 × 64', ' 96, 96,64 ', '96 96 64']) {
      assert.deepEqual(parseSizes(text), [96, 96, 64], text);
    }
    for (const text of ['', 'abc', '96x-1', '0x1', '1xx'])
      assert.equal(parseSizes(text)?.length ?? 0, text === '1xx' ? 1 : 0);
  });
});

describe('a configuration that is to be added', () => {
  const material = materialOf({ shape: [200, 300, 400], spacing: [1, 1, 1] });

  it('is told with its cost beside the one it comes from', () => {
    const { batch_size: batch } = getConfiguration(material.plans, '3d_fullres');
    const wanted = { name: 'own', from: '3d_fullres', batchSize: batch * 2 };
    const { cost, configuration, isResampled } = foreseeConfiguration(material, wanted, 4);
    assert.equal(cost!.after.gpuGigabytes, 2 * cost!.before.gpuGigabytes!);
    assert.ok(cost!.after.secondsPerEpoch > cost!.before.secondsPerEpoch);
    assert.equal(configuration.batch_size, batch * 2);
    assert.equal(isResampled, false);
  });

  it('tells of a patch that had to grow, of one larger than the images, and of cases that are resampled', () => {
    const grown = foreseeConfiguration(material, { name: 'own', from: '3d_fullres', patchSize: [100, 70, 50] }, 4);
    assert.ok(grown.grownPatch!.every((voxels, axis) => voxels >= [100, 70, 50][axis]!));
    const whole = foreseeConfiguration(material, { name: 'own', from: '3d_fullres', patchSize: [416, 320, 224] }, 4);
    assert.equal(whole.isLargerThanImages, true);
    assert.deepEqual(whole.configuration.patch_size, [224, 320, 416]);
    const fine = foreseeConfiguration(material, { name: 'own', from: '3d_fullres', spacing: [1, 1, 2] }, 4);
    assert.deepEqual([fine.isResampled, fine.configuration.spacing], [true, [2, 1, 1]]);
    assert.throws(() => foreseeConfiguration(material, { name: 'own', from: '2d', patchSize: [1, 2, 3] }, 4), {
      code: 'bad-size',
    });
  });
});
