import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrainingDatasetJson } from '../../../src/method/datasetJson';
import type { Fingerprint } from '../../../src/method/fingerprint';
import { normalizationScheme, usesMaskForNormalization } from '../../../src/method/normalization';
import { planExperiment, type PlanRequest } from '../../../src/method/planner/planExperiment';
import { featureMapVoxels, type NetworkSize } from '../../../src/method/planner/memoryEstimate';
import { featuresPerStage } from '../../../src/method/planner/presets';
import { medianResampledShape, targetSpacing, transposition } from '../../../src/method/planner/targetSpacing';
import { planTopology } from '../../../src/method/planner/topology';
import { requireSlices } from '../../../src/method/slices';
import { getConfiguration } from '../../../src/method/plans';
import { plansToJson } from '../../../src/method/plansText';
import { median, percentile, roundHalfEven } from '../../../src/method/rounding';

function fingerprint(...cases: [spacing: number[], shape: number[]][]): Fingerprint {
  return {
    spacings: cases.map(([spacing]) => spacing as [number, number, number]),
    shapes_after_crop: cases.map(([, shape]) => shape as [number, number, number]),
    foreground_intensity_properties_per_channel: {},
    median_relative_size_after_cropping: 1,
  };
}

const datasetJson: TrainingDatasetJson = {
  channel_names: { '0': 'CT' },
  labels: { background: 0, organ: 1 },
  numTraining: 100,
  file_ending: '.nii.gz',
};

function plan(changes: Partial<PlanRequest>) {
  return planExperiment({
    fingerprint: fingerprint([
      [1, 1, 1],
      [138, 169, 138],
    ]),
    datasetJson,
    planner: 'default',
    datasetName: 'Dataset001_Test',
    imageReaderWriter: 'SimpleITKIO',
    ...changes,
  });
}

describe('slices of images', () => {
  const ofShape = (shape: number[], spacing = [1, 1, 1]) => plan({ fingerprint: fingerprint([spacing, shape]) });

  it('lie in the plane of x and y', () => {
    for (const shape of [
      [64, 72, 1],
      [72, 1, 64],
    ])
      assert.throws(() => requireSlices(ofShape(shape)), { code: 'slice-axis', hint: /Turn images and labels/ });
    requireSlices(ofShape([1, 64, 72]));
    // The plans turn the axis of the thickest voxels to the front.
    requireSlices(ofShape([64, 1, 72], [1, 5, 1]));
  });
});

describe('images that a U-Net can not halve', () => {
  const ofShape = (...shape: number[]) => plan({ fingerprint: fingerprint([[1, 1, 1], shape]) });
  it('are refused when they are planned, not when they are trained', () => {
    for (const shape of [
      [7, 7, 7],
      [7, 11, 7],
      [1, 7, 7],
    ]) {
      assert.throws(() => ofShape(...shape), { code: 'volumes-too-small', message: new RegExp(shape.join('x')) });
    }
  });
  it('are planned where one configuration can be trained', () => {
    assert.equal(getConfiguration(ofShape(8, 8, 7), '3d_fullres').architecture.arch_kwargs.n_stages, 2);
  });
});

describe('rounding as Python does', () => {
  it('sends halves to the even neighbour', () => {
    assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001].map(roundHalfEven), [0, 2, 2, 0, -2, 2, 3]);
  });

  it('interpolates percentiles linearly and takes the mean of two middle values', () => {
    assert.equal(percentile([4, 1, 3, 2], 50), 2.5);
    assert.equal(percentile([0, 10], 10), 1);
    assert.equal(percentile([7], 10), 7);
    assert.equal(median([3, 1, 2, 10]), 2.5);
  });
});

describe('the target spacing', () => {
  it('is the median per axis', () => {
    const data = fingerprint(
      [
        [1, 2, 1],
        [50, 50, 50],
      ],
      [
        [1, 1, 1],
        [50, 50, 50],
      ],
      [
        [3, 1, 1.5],
        [50, 50, 50],
      ],
    );
    assert.deepEqual(targetSpacing(data), [1, 1, 1]);
  });

  it('takes the 10th percentile of the slice axis of anisotropic data', () => {
    const cases = Array.from({ length: 11 }, (_, i): [number[], number[]] => [
      [5 + i, 1, 1],
      [20, 256, 256],
    ]);
    assert.deepEqual(targetSpacing(fingerprint(...cases)), [6, 1, 1]);
  });

  it('never makes the slice axis finer than the others', () => {
    const thin: [number[], number[]] = [
      [0.5, 1, 1],
      [200, 256, 256],
    ];
    const thick: [number[], number[]] = [
      [5, 1, 1],
      [20, 256, 256],
    ];
    assert.deepEqual(targetSpacing(fingerprint(thin, thin, thick, thick, thick)), [1.00001, 1, 1]);
  });

  it('decides the median shape after resampling', () => {
    const data = fingerprint(
      [
        [2, 1, 1],
        [10, 100, 101],
      ],
      [
        [1, 1, 1],
        [10, 100, 102],
      ],
    );
    assert.deepEqual(medianResampledShape(data, [1, 1, 1]), [15, 100, 101.5]);
  });

  it('puts the coarsest axis first, the first of equals', () => {
    assert.deepEqual(transposition([1, 1, 5]), { forward: [2, 0, 1], backward: [1, 2, 0] });
    assert.deepEqual(transposition([1, 1, 1]), { forward: [0, 1, 2], backward: [0, 1, 2] });
  });
});

describe('the network topology', () => {
  it('pools the finer axes first and keeps kernels flat until spacings are similar', () => {
    const topology = planTopology([3.6, 0.625, 0.625], [20, 320, 256]);
    assert.deepEqual(topology.poolsPerAxis, [2, 6, 6]);
    assert.deepEqual(topology.strides[1], [1, 2, 2]);
    assert.deepEqual(topology.kernelSizes[0], [1, 3, 3]);
    assert.deepEqual(topology.kernelSizes.at(-1), [3, 3, 3]);
    assert.deepEqual(topology.divisibleBy, [4, 64, 64]);
  });

  it('counts a spacing of exactly twice another as too coarse to mix', () => {
    const topology = planTopology([2, 1, 1], [64, 128, 128]);
    assert.deepEqual(topology.kernelSizes.slice(0, 2), [
      [1, 3, 3],
      [3, 3, 3],
    ]);
    assert.deepEqual(topology.strides.slice(1, 3), [
      [1, 2, 2],
      [2, 2, 2],
    ]);
  });

  it('grows the patch to the next multiple of what it is divided by', () => {
    assert.deepEqual(planTopology([1, 1, 1], [36, 50.5, 35]).patchSize, [40, 56, 40]);
  });

  it('leaves tiny images unpooled', () => {
    const topology = planTopology([1, 1], [7, 7]);
    assert.deepEqual([topology.strides, topology.kernelSizes], [[[1, 1]], [[3, 3]]]);
  });
});

describe('the memory estimate', () => {
  const network = (
    dims: 2 | 3,
    stages: number,
    architecture: NetworkSize['architecture'],
    depths: number[],
  ): NetworkSize => ({
    architecture,
    features: featuresPerStage(stages, dims),
    strides: Array.from({ length: stages }, (_, stage) => Array<number>(dims).fill(stage === 0 ? 1 : 2)),
    encoderDepths: depths,
    decoderDepth: architecture === 'PlainConvUNet' ? 2 : 1,
    numClasses: 3,
  });

  it('counts what dynamic-network-architectures counts', () => {
    const cube = [128, 128, 128];
    assert.equal(featureMapVoxels(network(3, 6, 'PlainConvUNet', [2, 2, 2, 2, 2, 2]), cube), 452_796_416);
    assert.equal(featureMapVoxels(network(2, 7, 'PlainConvUNet', [2, 2, 2, 2, 2, 2, 2]), [512, 512]), 82_771_968);
    assert.equal(featureMapVoxels(network(3, 6, 'ResidualEncoderUNet', [1, 3, 4, 6, 6, 6]), cube), 557_420_544);
    assert.equal(
      featureMapVoxels(network(2, 7, 'ResidualEncoderUNet', [1, 3, 4, 6, 6, 6, 6]), [512, 512]),
      129_531_904,
    );
  });
});

describe('normalization', () => {
  it('follows the channel name, whatever its case', () => {
    assert.equal(normalizationScheme('ct'), 'CTNormalization');
    assert.equal(normalizationScheme('noNorm'), 'NoNormalization');
    assert.equal(normalizationScheme('RGB_to_0_1'), 'RGBTo01Normalization');
    assert.equal(normalizationScheme('rescale_to_0_1'), 'RescaleTo01Normalization');
    assert.equal(normalizationScheme('T1'), 'ZScoreNormalization');
    assert.equal(normalizationScheme('constructor'), 'ZScoreNormalization');
  });

  it('looks inside the mask only if cropping removed more than a quarter, and only for z-scores', () => {
    assert.equal(usesMaskForNormalization('ZScoreNormalization', 0.74), true);
    assert.equal(usesMaskForNormalization('ZScoreNormalization', 0.75), false);
    assert.equal(usesMaskForNormalization('CTNormalization', 0.1), false);
  });
});

describe('planning an experiment', () => {
  it('plans only 2D for images of one slice', () => {
    const plans = plan({
      fingerprint: fingerprint([
        [999, 1, 1],
        [1, 512, 512],
      ]),
    });
    assert.deepEqual(Object.keys(plans.configurations), ['2d']);
  });

  it('plans a cascade where the patch sees too little of the case', () => {
    const plans = plan({
      fingerprint: fingerprint([
        [1, 0.77, 0.77],
        [482, 512, 512],
      ]),
    });
    assert.deepEqual(Object.keys(plans.configurations), ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres']);
    assert.equal(plans.configurations['3d_lowres']!.next_stage, '3d_cascade_fullres');
    assert.equal(plans.configurations['3d_lowres']!.batch_dice, false);
    const cascade = getConfiguration(plans, '3d_cascade_fullres');
    assert.equal(cascade.previous_stage, '3d_lowres');
    assert.equal(cascade.batch_dice, true);
  });

  it('plans larger patches for more GPU memory and smaller ones for less', () => {
    const voxels = (gpuMemoryGb: number) => {
      const { patch_size, batch_size } = getConfiguration(plan({ gpuMemoryGb }), '3d_fullres');
      return patch_size.reduce((a, b) => a * b) * batch_size;
    };
    assert.ok(voxels(4) < voxels(8));
    assert.ok(voxels(8) < voxels(24));
    assert.equal(voxels(8), getConfiguration(plan({}), '3d_fullres').patch_size.reduce((a, b) => a * b) * 2);
  });

  it('says so when no patch fits the memory', () => {
    assert.throws(() => plan({ gpuMemoryGb: 1e-7 }), { code: 'gpu-memory-too-small' });
    assert.throws(() => plan({ gpuMemoryGb: 0 }), { code: 'gpu-memory-invalid' });
    assert.throws(() => plan({ gpuMemoryGb: NaN }), { code: 'gpu-memory-invalid' });
  });

  it('plans slices that lie along another axis than the first', () => {
    const plans = plan({
      fingerprint: fingerprint([
        [1, 1, 1],
        [900, 900, 1],
      ]),
    });
    assert.ok(plans.configurations['3d_lowres']);
    const patches = Object.keys(plans.configurations).map((name) => getConfiguration(plans, name).patch_size.at(-1));
    assert.deepEqual(new Set(patches), new Set([1]));
  });

  it('says so when the target spacing leaves nothing of the cases', () => {
    const error = { code: 'spacing-too-coarse', message: /no voxel/ };
    assert.throws(() => plan({ overwriteTargetSpacing: [1, 1000, 1] }), error);
  });

  it('uses a given target spacing, in the order of the images', () => {
    const plans = plan({ overwriteTargetSpacing: [1, 1, 4] });
    assert.deepEqual(plans.transpose_forward, [2, 0, 1]);
    assert.deepEqual(getConfiguration(plans, '3d_fullres').spacing, [4, 1, 1]);
    assert.throws(() => plan({ overwriteTargetSpacing: [1, 1] }), { code: 'spacing-invalid' });
    assert.throws(() => plan({ overwriteTargetSpacing: [1, 1, -1] }), { code: 'spacing-invalid' });
  });

  it('keeps configurations that users added, and replans the others', () => {
    const existing = plan({});
    existing.configurations['3d_mine'] = { inherits_from: '3d_fullres', batch_size: 4 };
    existing.configurations['2d']!.batch_size = 99;
    const plans = plan({ existing });
    assert.equal(getConfiguration(plans, '3d_mine').batch_size, 4);
    assert.notEqual(getConfiguration(plans, '2d').batch_size, 99);
    assert.equal(Object.keys(plans.configurations).at(-1), '3d_mine');
  });

  it('shares the preprocessed cases of the default plans where ResEnc plans need the same ones', () => {
    const plans = plan({
      planner: 'resenc-m',
      fingerprint: fingerprint([
        [1, 0.77, 0.77],
        [482, 512, 512],
      ]),
    });
    assert.equal(plans.plans_name, 'nnUNetResEncUNetMPlans');
    const folders = ['2d', '3d_fullres', '3d_lowres'].map((name) => plans.configurations[name]!.data_identifier);
    assert.deepEqual(folders, ['nnUNetPlans_2d', 'nnUNetPlans_3d_fullres', 'nnUNetResEncUNetMPlans_3d_lowres']);
  });

  it('counts the ignore label as a class in the memory estimate, as nnU-Net does', () => {
    const labels = { background: 0, ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i + 1}`, i + 1])) };
    const few = getConfiguration(plan({}), '2d').batch_size;
    const many = getConfiguration(plan({ datasetJson: { ...datasetJson, labels } }), '2d').batch_size;
    assert.ok(many < few);
  });

  it('writes lengths as floats even when they are whole', () => {
    const text = plansToJson(plan({})).replace(/\s/g, '');
    assert.match(text, /"spacing":\[1\.0,1\.0,1\.0\]/);
    assert.match(text, /"median_image_size_in_voxels":\[138\.0,169\.0,138\.0\]/);
    assert.match(text, /"patch_size":\[128,128,128\]/);
    assert.match(text, /"eps":1e-05/);
  });
});
