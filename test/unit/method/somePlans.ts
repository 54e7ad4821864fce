/** Plans as the planner makes them, of cases that are alike. */
import type { Vector3 } from '../../../src/geometry/types';
import type { Fingerprint } from '../../../src/method/fingerprint';
import { planExperiment } from '../../../src/method/planner/planExperiment';
import type { PlannerName } from '../../../src/method/planner/presets';
import type { Plans } from '../../../src/method/plans';

interface SomeCases {
  /** Voxels and mm, array order. */
  shape: Vector3;
  spacing: Vector3;
  cases?: number;
  planner?: PlannerName;
}

export const someDatasetJson = {
  channel_names: { 0: 'CT' },
  labels: { background: 0, liver: 1, tumour: 2 },
  numTraining: 20,
  file_ending: '.nii.gz',
};

export function fingerprintOf({ shape, spacing, cases = 20 }: SomeCases): Fingerprint {
  const intensities = {
    mean: 90,
    median: 95,
    std: 20,
    min: -200,
    max: 900,
    percentile_00_5: -20,
    percentile_99_5: 180,
  };
  return {
    spacings: Array.from({ length: cases }, () => [...spacing] as Vector3),
    shapes_after_crop: Array.from({ length: cases }, () => [...shape] as Vector3),
    foreground_intensity_properties_per_channel: { 0: intensities },
    median_relative_size_after_cropping: 1,
  };
}

export function plansOf(some: SomeCases, fingerprint: Fingerprint = fingerprintOf(some)): Plans {
  return planExperiment({
    fingerprint,
    datasetJson: { ...someDatasetJson, numTraining: fingerprint.spacings.length },
    planner: some.planner ?? 'default',
    datasetName: 'Dataset001_Liver',
    imageReaderWriter: 'SimpleITKIO',
  });
}
