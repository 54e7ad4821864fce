/** The 3d_fullres network that is planned for hippocampus scans, without weights: what costs and limits are worked out of. */
import { LabelManager } from '../../../src/method/labels';
import { planExperiment } from '../../../src/method/planner/planExperiment';
import { getConfiguration } from '../../../src/method/plans';
import type { Model } from '../../../src/pipeline/modelFolder';

const intensities = { mean: 300, median: 300, std: 80, min: 10, max: 900, percentile_00_5: 100, percentile_99_5: 700 };

/** Of the 156 cases: patch 40x56x40, batch 5. */
export function hippocampusModel({ cases = 156 } = {}): Model {
  const datasetJson = {
    channel_names: { '0': 'MRI' },
    labels: { background: 0, Anterior: 1, Posterior: 2 },
    numTraining: cases,
    file_ending: '.nii',
  };
  const plans = planExperiment({
    fingerprint: {
      spacings: Array.from({ length: cases }, () => [1, 1, 1] as [number, number, number]),
      shapes_after_crop: Array.from({ length: cases }, () => [36, 50, 35] as [number, number, number]),
      foreground_intensity_properties_per_channel: { '0': intensities },
      median_relative_size_after_cropping: 1,
    },
    datasetJson,
    planner: 'default',
    datasetName: 'Dataset004_Hippocampus',
    imageReaderWriter: 'SimpleITKIO',
  });
  return {
    folder: '/nowhere',
    configurationName: '3d_fullres',
    ...{ plans, configuration: getConfiguration(plans, '3d_fullres'), datasetJson },
    labels: new LabelManager(datasetJson),
    imageChannels: 1,
    texts: { plans: '', datasetJson: '' },
  };
}
