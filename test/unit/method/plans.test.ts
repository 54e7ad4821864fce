import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { architectureFor } from '../../../src/method/networkPlan';
import { nearestValidPatch, patchDivisor } from '../../../src/method/planValidation';
import { getConfiguration, nextStages, readPlans } from '../../../src/method/plans';
import { plansToJson } from '../../../src/method/plansText';

type Json = Record<string, unknown>;

const kwargs = { is_seg: false, order: 3, order_z: 0, force_separate_z: null };
const network = {
  UNet_class_name: 'PlainConvUNet',
  UNet_base_num_features: 32,
  unet_max_num_features: 100,
  n_conv_per_stage_encoder: [2, 2, 2],
  n_conv_per_stage_decoder: [2, 2],
  num_pool_per_axis: [1, 2, 2],
  pool_op_kernel_sizes: [
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 2],
  ],
  conv_kernel_sizes: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
};
const common = {
  data_identifier: 'nnUNetPlans_3d_fullres',
  preprocessor_name: 'DefaultPreprocessor',
  batch_size: 2,
  patch_size: [20, 40, 40],
  median_image_size_in_voxels: [20, 41.5, 40],
  spacing: [3, 1, 1],
  normalization_schemes: ['CTNormalization'],
  use_mask_for_norm: [false],
  resampling_fn_data: 'resample_data_or_seg_to_shape',
  resampling_fn_seg: 'resample_data_or_seg_to_shape',
  resampling_fn_probabilities: 'resample_data_or_seg_to_shape',
  resampling_fn_data_kwargs: kwargs,
  resampling_fn_seg_kwargs: kwargs,
  resampling_fn_probabilities_kwargs: kwargs,
  batch_dice: true,
};
const current = {
  ...common,
  architecture: architectureFor({
    networkClass: 'ResidualEncoderUNet',
    features: [32, 64, 128],
    kernelSizes: network.conv_kernel_sizes,
    strides: network.pool_op_kernel_sizes,
    encoderDepths: [1, 3, 4],
    decoderDepths: [1, 1],
  }),
};

function plansWith(configurations: Json, changes: Json = {}) {
  const intensities = { mean: 1, median: 1, std: 1, min: 1, max: 1, percentile_99_5: 1, percentile_00_5: 1 };
  return readPlans({
    dataset_name: 'Dataset001_Test',
    plans_name: 'nnUNetPlans',
    original_median_spacing_after_transp: [3, 1, 1],
    original_median_shape_after_transp: [20, 40, 40],
    image_reader_writer: 'SimpleITKIO',
    transpose_forward: [0, 1, 2],
    transpose_backward: [0, 1, 2],
    configurations,
    experiment_planner_used: 'ExperimentPlanner',
    label_manager: 'LabelManager',
    foreground_intensity_properties_per_channel: { '0': intensities },
    ...changes,
  });
}

const withChanges = (changes: Json) => getConfiguration(plansWith({ a: { ...current, ...changes } }), 'a');
const withKwargs = (changes: Json) => {
  const arch_kwargs = { ...current.architecture.arch_kwargs, ...changes };
  return withChanges({ architecture: { ...current.architecture, arch_kwargs } });
};

describe('a plans file', () => {
  it('gives a configuration as it is written', () => {
    const configuration = getConfiguration(plansWith({ '3d_fullres': current }), '3d_fullres');
    assert.deepEqual(configuration, current);
  });

  it('lets a configuration inherit, whole keys replaced, over several generations', () => {
    const plans = plansWith({
      a: current,
      b: { inherits_from: 'a', batch_size: 5, resampling_fn_data_kwargs: { is_seg: false } },
      c: { inherits_from: 'b', previous_stage: 'a' },
    });
    const configuration = getConfiguration(plans, 'c');
    assert.equal(configuration.batch_size, 5);
    assert.deepEqual(configuration.resampling_fn_data_kwargs, { is_seg: false });
    assert.equal(configuration.previous_stage, 'a');
    assert.equal('inherits_from' in configuration, false);
  });

  it('refuses circles and lists what it knows instead of an unknown configuration', () => {
    const plans = plansWith({ a: { inherits_from: 'b' }, b: { inherits_from: 'a' }, c: current });
    assert.throws(() => getConfiguration(plans, 'a'), { code: 'configuration-inheritance', message: /a -> b -> "a"/ });
    assert.throws(() => getConfiguration(plans, '3d'), {
      code: 'configuration-unknown',
      hint: 'Choose one of: a, b, c.',
    });
    assert.throws(() => getConfiguration(plans, 'toString'), { code: 'configuration-unknown' });
  });

  it('names next stages one by one', () => {
    assert.deepEqual(nextStages(withChanges({ next_stage: 'b' })), ['b']);
    assert.deepEqual(nextStages(withChanges({ next_stage: ['b', 'c'] })), ['b', 'c']);
    assert.deepEqual(nextStages(withChanges({})), []);
  });

  it('reads the form before version 2.2', () => {
    const configuration = getConfiguration(plansWith({ a: { ...common, ...network } }), 'a');
    const { arch_kwargs, network_class_name } = configuration.architecture;
    assert.match(network_class_name, /\.PlainConvUNet$/);
    assert.deepEqual(arch_kwargs.features_per_stage, [32, 64, 100]);
    assert.deepEqual(arch_kwargs.strides, network.pool_op_kernel_sizes);
    assert.deepEqual(arch_kwargs.n_conv_per_stage, [2, 2, 2]);
    assert.equal(arch_kwargs.conv_op, 'torch.nn.modules.conv.Conv3d');
    assert.equal('UNet_class_name' in configuration, false);
  });

  it('knows residual networks of the old form', () => {
    const legacy = { ...common, ...network, UNet_class_name: 'ResidualEncoderUNet' };
    const { arch_kwargs } = getConfiguration(plansWith({ a: legacy }), 'a').architecture;
    assert.deepEqual(arch_kwargs.n_blocks_per_stage, [2, 2, 2]);
  });

  it('knows the old name of the intensity statistics', () => {
    const value = JSON.parse(plansToJson(plansWith({ a: current })));
    value.foreground_intensity_properties_by_modality = value.foreground_intensity_properties_per_channel;
    delete value.foreground_intensity_properties_per_channel;
    assert.equal(readPlans(value).foreground_intensity_properties_per_channel['0']!.mean, 1);
  });

  it('refuses what is missing or contradicts itself at the top, with file and key', () => {
    assert.throws(() => readPlans('{"plans_name": 1,}', 'p.json'), { code: 'json-trailing-comma' });
    assert.throws(() => readPlans({}, 'p.json'), { code: 'plans-invalid', where: 'p.json, dataset_name' });
    assert.throws(() => plansWith({}, { transpose_backward: [2, 1, 0] }), { code: 'plans-invalid' });
    assert.throws(() => plansWith({}, { transpose_forward: [0, 0, 1] }), { code: 'plans-invalid' });
    assert.throws(() => plansWith({ a: 3 }), { code: 'plans-invalid' });
    assert.throws(() => plansWith({}, { foreground_intensity_properties_per_channel: { '0': {} } }), {
      code: 'plans-invalid',
    });
  });

  it('keeps numbers of a configuration that was read as they were written', () => {
    const text = plansToJson(plansWith({ a: { ...current, median_image_size_in_voxels: [20, 41, 40] } }));
    const edited = text.replace(/20\.0,\s*41\.0,\s*40\.0/, '20, 41, 40');
    assert.match(plansToJson(readPlans(edited)).replace(/\s/g, ''), /"median_image_size_in_voxels":\[20,41,40\]/);
  });
});

describe('a configuration edited by hand', () => {
  it('is refused when its patch cannot be halved often enough, with the nearest size that can', () => {
    assert.throws(() => withChanges({ patch_size: [21, 42, 40] }), {
      code: 'patch-not-divisible',
      message: /21 x 42 x 40.*2 x 4 x 4/,
      hint: 'Nearest patch size that fits: 22 x 44 x 40.',
    });
    assert.deepEqual(patchDivisor(network.pool_op_kernel_sizes), [2, 4, 4]);
    assert.deepEqual(nearestValidPatch([1, 6, 5], network.pool_op_kernel_sizes), [2, 8, 4]);
  });

  it('is refused when a key is missing or of the wrong kind', () => {
    assert.throws(() => withChanges({ batch_size: undefined }), {
      code: 'configuration-invalid',
      message: /batch_size.*missing/,
    });
    assert.throws(() => withChanges({ batch_size: 0 }), { code: 'configuration-invalid' });
    assert.throws(() => withChanges({ spacing: '1 1 1' }), { code: 'configuration-invalid' });
    assert.throws(() => withChanges({ batch_dice: 'yes' }), { code: 'configuration-invalid' });
    assert.throws(() => withChanges({ architecture: {} }), { code: 'architecture-invalid' });
    assert.throws(() => withChanges({ architecture: undefined }), { code: 'architecture-invalid' });
  });

  it('is refused when axes, channels or sizes do not fit each other', () => {
    assert.throws(() => withChanges({ spacing: [1, 1] }), { code: 'configuration-axes' });
    assert.throws(() => withChanges({ spacing: [1, 0, 1] }), { code: 'configuration-spacing' });
    assert.throws(() => withChanges({ patch_size: [20, 40.5, 40] }), { code: 'patch-size-invalid' });
    assert.throws(() => withChanges({ use_mask_for_norm: [true, false] }), { code: 'configuration-channels' });
    assert.throws(() => withKwargs({ conv_op: 'torch.nn.modules.conv.Conv2d' }), { code: 'configuration-axes' });
  });

  it('is refused when the network has not as many entries as stages', () => {
    assert.throws(() => withKwargs({ n_stages: 4 }), { code: 'architecture-stages', message: /4 stages, but has 3/ });
    assert.throws(() => withKwargs({ n_conv_per_stage_decoder: [1] }), { code: 'architecture-stages' });
    assert.throws(() => withKwargs({ n_blocks_per_stage: undefined }), { code: 'architecture-stages' });
    assert.throws(() => withKwargs({ features_per_stage: [32, 64, 0] }), { code: 'architecture-stages' });
  });

  it('is refused when kernels are even or flat lists', () => {
    assert.throws(
      () =>
        withKwargs({
          kernel_sizes: [
            [3, 3, 3],
            [2, 3, 3],
            [3, 3, 3],
          ],
        }),
      { code: 'architecture-kernels' },
    );
    assert.throws(() => withKwargs({ strides: [1, 2, 2] }), { code: 'architecture-kernels' });
    assert.throws(
      () =>
        withKwargs({
          strides: [
            [1, 1],
            [2, 2],
            [2, 2],
          ],
        }),
      { code: 'architecture-kernels' },
    );
  });

  it('tells where in the file the mistake stands', () => {
    assert.throws(() => withChanges({ patch_size: [21, 42, 40] }), { keyPath: ['configurations', 'a', 'patch_size'] });
  });

  it('may name a network of its own, which then can only be preprocessed for', () => {
    const architecture = { network_class_name: 'my.Primus', arch_kwargs: {} };
    assert.deepEqual(withChanges({ architecture }).architecture, architecture);
  });
});
