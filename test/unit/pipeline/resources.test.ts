import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { LabelManager } from '../../../src/method/labels';
import { planExperiment } from '../../../src/method/planner/planExperiment';
import { getConfiguration } from '../../../src/method/plans';
import type { NnunetError } from '../../../src/method/errors';
import type { Model } from '../../../src/pipeline/modelFolder';
import {
  checkTrainingMemory,
  requireSpace,
  requireSpaceForTraining,
  trainingBytes,
} from '../../../src/pipeline/resources';

/** The plan of the 156 hippocampus cases: patch 40x56x40, batch 5. */
function hippocampus(): Model {
  const cases = 156;
  const datasetJson = {
    channel_names: { '0': 'MRI' },
    labels: { background: 0, Anterior: 1, Posterior: 2 },
    numTraining: cases,
    file_ending: '.nii.gz',
  };
  const properties = { mean: 0, median: 0, std: 1, min: 0, max: 1, percentile_00_5: 0, percentile_99_5: 1 };
  const plans = planExperiment({
    fingerprint: {
      spacings: Array.from({ length: cases }, () => [1, 1, 1] as [number, number, number]),
      shapes_after_crop: Array.from({ length: cases }, () => [36, 50, 35] as [number, number, number]),
      foreground_intensity_properties_per_channel: { '0': properties },
      median_relative_size_after_cropping: 1,
    },
    datasetJson,
    planner: 'default',
    datasetName: 'Dataset004_Hippocampus',
    imageReaderWriter: 'SimpleITKIO',
  });
  return {
    folder: '',
    configurationName: '3d_fullres',
    plans,
    configuration: getConfiguration(plans, '3d_fullres'),
    labels: new LabelManager(datasetJson),
    imageChannels: 1,
    datasetJson,
    texts: { plans: '', datasetJson: '' },
  };
}

const context = { progress: () => undefined, warn: () => undefined };
const hasCode = (code: string) => (error: NnunetError) => error.code === code && error.hint.length > 0;

describe('estimates of memory and disk', () => {
  it('come near what the core was measured to take for a training (1255 MB)', () => {
    const megabytes = trainingBytes(hippocampus()) / 2 ** 20;
    assert.ok(megabytes > 1255 && megabytes < 1255 * 1.4, `${megabytes}`);
  });

  it('refuse a training on the CPU that no machine can hold, but leave a GPU to itself', () => {
    const model = hippocampus();
    model.configuration = { ...model.configuration, batch_size: 1_000_000 };
    assert.throws(() => checkTrainingMemory(model, 'cpu', context), hasCode('memory-too-small'));
    assert.doesNotThrow(() => checkTrainingMemory(model, 'cuda', context));
  });

  it('refuse to start where the disk is too small', async () => {
    await assert.rejects(requireSpace(tmpdir(), 1e18, 'This'), hasCode('disk-too-small'));
    await assert.doesNotReject(requireSpace(tmpdir(), 1, 'This'));
    const model = hippocampus();
    const { architecture } = model.configuration;
    const arch_kwargs = {
      ...architecture.arch_kwargs,
      features_per_stage: architecture.arch_kwargs.features_per_stage.map(() => 1e6),
    };
    model.configuration = { ...model.configuration, architecture: { ...architecture, arch_kwargs } };
    await assert.rejects(requireSpaceForTraining(model, tmpdir(), 'sgd'), hasCode('disk-too-small'));
  });
});
