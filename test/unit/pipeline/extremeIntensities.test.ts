import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { resolveDataset, type DatasetReference } from '../../../src/dataset/references';
import { rootsBelow } from '../../../src/dataset/roots';
import type { Shape3 } from '../../../src/geometry/types';
import type { NnunetError } from '../../../src/method/errors';
import { getConfiguration } from '../../../src/method/plans';
import { fingerprintStage } from '../../../src/pipeline/measureDataset';
import { requireCompleteCases } from '../../../src/pipeline/completeCases';
import { planDataset } from '../../../src/pipeline/plan';
import { preprocessStage } from '../../../src/pipeline/preprocess';
import { scratchFolder, writeSmall, writeText } from '../dataset/scratch';

const shape: Shape3 = [12, 18, 20];
const context = { progress: () => undefined, warn: () => undefined };
/** Where the voxel (x, y, z) = (6, 6, 5) lies. */
const inside = (5 * 18 + 6) * 20 + 6;

interface Given {
  channel?: string;
  intensity?: (index: number) => number;
  label?: (index: number) => number;
  ignore?: boolean;
}

const isInside = (index: number): boolean => Math.abs((index % 20) - 8) < 4 && Math.floor(index / 360) % 12 < 7;
const ordinary = (index: number): number => (isInside(index) ? 90 : 0) + ((index * 7919) % 13);

/** Three cases, of which the last has these intensities. */
async function makeDataset(test: TestContext, given: Given): Promise<DatasetReference> {
  const { channel = 'CT', intensity = ordinary, label = (index) => Number(isInside(index)), ignore = false } = given;
  const root = await scratchFolder(test);
  const folder = join(root, 'nnUNet_raw/Dataset001_Extreme');
  for (const id of ['a', 'b', 'c']) {
    const values = id === 'c' ? intensity : ordinary;
    await writeSmall(join(folder, 'imagesTr', `${id}_0000.nii.gz`), values, { type: 'float32', shape });
    await writeSmall(join(folder, 'labelsTr', `${id}.nii.gz`), label, { shape });
  }
  await writeText(join(folder, 'dataset.json'), {
    channel_names: { 0: channel },
    labels: { background: 0, organ: 1, ...(ignore ? { ignore: 2 } : {}) },
    numTraining: 3,
    file_ending: '.nii.gz',
  });
  return resolveDataset(1, rootsBelow(root));
}

async function refusal(dataset: DatasetReference): Promise<NnunetError> {
  let found: NnunetError | undefined;
  await assert.rejects(planDataset(dataset, context), (error: NnunetError) => {
    found = error;
    return error.hint.length > 0;
  });
  assert.ok(!existsSync(dataset.preprocessed), 'nothing is written');
  assert.ok((await errorsOfCheck(dataset)).length > 0, 'the check had found it');
  return found!;
}

async function errorsOfCheck({ raw }: DatasetReference): Promise<string[]> {
  const { findings } = await checkDataset(raw);
  return findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

const at = (place: number, value: number) => (index: number) => (index === place ? value : ordinary(index));

describe('a dataset that nothing can be learnt from', () => {
  it('is refused before anything is written where no case has foreground', async (test) => {
    const error = await refusal(await makeDataset(test, { label: () => 0 }));
    assert.equal(error.code, 'no-foreground');
    assert.match(error.where!, /labelsTr$/);
    const ignored = await makeDataset(test, { label: (index) => 2 * Number(isInside(index)), ignore: true });
    assert.equal((await refusal(ignored)).code, 'no-foreground', 'what is ignored is no foreground');
  });

  it('is refused with case, voxel and value where a CT has one extreme voxel in the foreground', async (test) => {
    const error = await refusal(await makeDataset(test, { intensity: at(inside, 3.4e38) }));
    assert.equal(error.code, 'intensities-overflow');
    assert.match(error.message, /Case c .*voxel \(6, 6, 5\) is 3\.4e\+38/);
    assert.match(error.where!, /c_0000\.nii\.gz$/);
  });

  it('is refused where an image that is normalised by itself has one, wherever it is', async (test) => {
    const error = await refusal(await makeDataset(test, { channel: 'MRI', intensity: at(0, -3.4e38) }));
    assert.match(error.message, /Case c .*voxel \(0, 0, 0\) is -3\.4e\+38/);
    const huge = await makeDataset(test, { channel: 'MRI', intensity: (index) => ordinary(index) * 1e30 });
    assert.match((await refusal(huge)).message, /Case c can't be normalised/);
    const range = (index: number) => (index === inside ? 3.4e38 : index === 0 ? -3.4e38 : 0);
    const rescaled = await makeDataset(test, { channel: 'rescale_to_0_1', intensity: range });
    assert.equal((await refusal(rescaled)).code, 'intensities-overflow');
  });

  it('is refused with the first voxel that is no number', async (test) => {
    const error = await refusal(await makeDataset(test, { channel: 'MRI', intensity: at(inside, NaN) }));
    assert.equal(error.code, 'voxels-not-finite');
    assert.match(error.message, /Case c .*voxel \(6, 6, 5\) is NaN/);
  });

  it('names the case whose colours are out of range', async (test) => {
    const error = await refusal(await makeDataset(test, { channel: 'rgb_to_0_1', intensity: at(inside, 256) }));
    assert.equal(error.code, 'rgb-out-of-range');
    assert.match(error.message, /^Case c: /);
  });
});

describe('large intensities whose normalised result is finite', () => {
  it('are taken, with finite statistics', async (test) => {
    for (const given of [
      { channel: 'MRI', intensity: (index: number) => ordinary(index) * 1e14 },
      { channel: 'CT', intensity: at(0, 3.4e38) },
      { channel: 'rescale_to_0_1', intensity: at(inside, 3.4e38) },
    ]) {
      const dataset = await makeDataset(test, given);
      const measured = await fingerprintStage(dataset, await requireCompleteCases(dataset), context);
      const [statistics] = Object.values(measured.fingerprint.foreground_intensity_properties_per_channel);
      assert.ok(Object.values(statistics!).every(Number.isFinite), JSON.stringify(statistics));
      const plans = await planDataset(dataset, context);
      const configuration = getConfiguration(plans, '2d');
      const done = await preprocessStage(dataset, measured, plans, configuration, context);
      assert.equal(done.preprocessed, 3);
      assert.deepEqual(await errorsOfCheck(dataset), []);
    }
  });
});

describe('preprocessing with plans of another program', () => {
  it('refuses images that they bring to infinity, or to nothing', async (test) => {
    const dataset = await makeDataset(test, {});
    const plans = await planDataset(dataset, context);
    const raw = await requireCompleteCases(dataset);
    const { sources } = await fingerprintStage(dataset, raw, context);
    await rm(join(dataset.raw, 'imagesTr/c_0000.nii.gz'));
    await writeSmall(join(dataset.raw, 'imagesTr/c_0000.nii.gz'), at(inside, 3.4e38), { type: 'float32', shape });
    const zScored = { ...getConfiguration(plans, '2d'), normalization_schemes: ['ZScoreNormalization'] };
    await assert.rejects(
      preprocessStage(dataset, { raw, sources }, plans, zScored, context),
      (error: NnunetError) => error.code === 'intensities-overflow' && /Case c .*\(6, 6, 5\)/.test(error.message),
    );
    const coarse = { ...getConfiguration(plans, '2d'), spacing: [1, 100] };
    await assert.rejects(
      preprocessStage(dataset, { raw, sources }, plans, { ...coarse, data_identifier: 'coarse' }, context),
      (error: NnunetError) => error.code === 'case-too-small' && /case [abc]:/.test(error.message),
    );
    const [statistics] = Object.values(plans.foreground_intensity_properties_per_channel);
    plans.foreground_intensity_properties_per_channel = { '0': { ...statistics!, std: Infinity } };
    await assert.rejects(
      preprocessStage(dataset, { raw, sources }, plans, getConfiguration(plans, '2d'), context),
      (error: NnunetError) => error.code === 'intensities-not-finite',
    );
  });
});
