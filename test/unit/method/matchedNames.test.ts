import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkNames, placesOf } from '../../../src/method/matchedNames';
import { movedPlans, type MovedPlansTarget } from '../../../src/method/movedPlans';
import type { Plans } from '../../../src/method/plans';

describe('names of a trained network', () => {
  it('are matched whatever their order and case, each once', () => {
    assert.deepEqual(placesOf(['Liver', 'spleen', 'tumour'], ['background', 'Spleen ', 'liver']), [2, 1, -1]);
    assert.deepEqual(placesOf(['MRI', 'MRI'], ['MRI', 'CT']), [0, -1]);
  });

  it('are those of its outputs: labels with background by value, or regions in their order', () => {
    const labels = {
      configuration: '2d',
      channel_names: ['CT'],
      labels: [
        ['liver', 1],
        ['background', 0],
        ['ignore', 2],
      ],
    };
    assert.deepEqual(networkNames(labels), {
      channels: ['CT'],
      labels: ['liver'],
      outputs: ['background', 'liver'],
      usesRegions: false,
    });
    const regions = {
      ...{ configuration: '2d', channel_names: ['T1', 'T2'], regions_class_order: [1, 2] },
      labels: [
        ['background', 0],
        ['whole', [1, 2]],
        ['core', [2]],
      ],
    };
    assert.deepEqual(networkNames(regions)?.outputs, ['whole', 'core']);
    assert.equal(networkNames(regions)?.usesRegions, true);
  });

  it('are unknown where a record is damaged', () => {
    assert.equal(networkNames({ configuration: '2d' }), undefined);
    assert.equal(networkNames({ configuration: '2d', channel_names: ['CT'], labels: [[1, 'liver']] }), undefined);
  });
});

const intensities = (mean: number) => ({
  ...{ mean, median: 0, std: 1, min: 0, max: 1, percentile_99_5: 1, percentile_00_5: 0 },
});
const plans = {
  dataset_name: 'Dataset004_Hippocampus',
  plans_name: 'nnUNetPlans',
  image_reader_writer: 'SimpleITKIO',
  configurations: {
    '2d': {
      data_identifier: 'nnUNetPlans_2d',
      normalization_schemes: ['CTNormalization', 'ZScoreNormalization'],
      use_mask_for_norm: [false, true],
    },
    own: { inherits_from: '2d', data_identifier: 'mine' },
  },
  foreground_intensity_properties_per_channel: { 0: intensities(10), 1: intensities(20) },
} as unknown as Plans;
const target: MovedPlansTarget = {
  ...{ datasetName: 'Dataset005_Other', plansName: 'nnUNetPlansFrom004', reader: 'NibabelIO', channels: ['CT', 'PET'] },
};

describe('plans that are moved to another dataset', () => {
  it('are the same under another name, with identifiers of their own and the reader that the dataset needs', () => {
    const moved = movedPlans(plans, ['CT', 'PET'], target);
    assert.deepEqual(
      [moved.dataset_name, moved.plans_name, moved.image_reader_writer],
      ['Dataset005_Other', 'nnUNetPlansFrom004', 'NibabelIO'],
    );
    assert.equal(moved.configurations['2d']!.data_identifier, 'nnUNetPlansFrom004_2d');
    assert.equal(moved.configurations.own!.data_identifier, 'nnUNetPlansFrom004_mine');
    assert.deepEqual(moved.configurations['2d']!.normalization_schemes, ['CTNormalization', 'ZScoreNormalization']);
    assert.equal(plans.configurations['2d']!.data_identifier, 'nnUNetPlans_2d');
  });

  it('normalise each channel as its namesake, and new ones as their own names say', () => {
    const measured = {
      foreground_intensity_properties_per_channel: { 0: intensities(7), 1: intensities(8), 2: intensities(9) },
      median_relative_size_after_cropping: 0.5,
    };
    const moved = movedPlans(plans, ['CT', 'PET'], { ...target, channels: ['PET', 'T1', 'CT'], measured });
    const own = moved.configurations['2d']!;
    assert.deepEqual(own.normalization_schemes, ['ZScoreNormalization', 'ZScoreNormalization', 'CTNormalization']);
    assert.deepEqual(own.use_mask_for_norm, [true, true, false]);
    const means = Object.values(moved.foreground_intensity_properties_per_channel).map(({ mean }) => mean);
    assert.deepEqual(means, [20, 8, 10]);
    assert.throws(() => movedPlans(plans, ['CT', 'PET'], { ...target, channels: ['T1'] }), {
      code: 'channel-not-measured',
    });
  });
});
