import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planExperiment } from '../../src/method/planner/planExperiment';
import type { PlannerName } from '../../src/method/planner/presets';
import { getConfiguration } from '../../src/method/plans';

describe('planning datasets whose plans people printed', () => {
  interface Printed {
    name: string;
    spacing: [number, number, number];
    shape: [number, number, number];
    cases: number;
    labels: number;
    planner?: PlannerName;
    fullres?: [patch: number[], batch: number];
    strides?: string[];
    kernels?: string[];
    lowres?: { spacing?: number[]; median?: number[]; patch: number[] } | null;
    flat?: [patch: number[], batch: number];
  }
  const prostate = {
    name: 'Prostate',
    spacing: [3.6, 0.625, 0.625],
    shape: [20, 320, 319],
    cases: 32,
    labels: 3,
  } as const;
  const brats = { name: 'BraTS', spacing: [1, 1, 1], shape: [138, 169, 138], cases: 484, labels: 4 } as const;
  const lung = {
    name: 'Lung',
    spacing: [1.24498, 0.785156, 0.785156],
    shape: [252, 512, 512],
    cases: 63,
    labels: 2,
  } as const;
  const liver = {
    name: 'Liver',
    spacing: [1, 0.767578, 0.767578],
    shape: [482, 512, 512],
    cases: 131,
    labels: 3,
  } as const;
  const cube = [128, 128, 128];
  const printed: Printed[] = [
    {
      ...copy(prostate),
      fullres: [[20, 320, 256], 2],
      strides: ['111', '122', '122', '222', '222', '122', '122'],
      kernels: ['133', '133', '333', '333', '333', '333', '333'],
      lowres: null,
      flat: [[320, 320], 32],
    },
    { ...copy(brats), fullres: [cube, 2], lowres: null, flat: [[192, 160], 105] },
    {
      ...copy(lung),
      fullres: [[80, 192, 160], 2],
      strides: ['111', '222', '222', '222', '222', '122'],
      lowres: { spacing: [2.38551, 1.50444, 1.50444], median: [132, 267, 267], patch: [80, 192, 160] },
      flat: [[512, 512], 12],
    },
    {
      ...copy(liver),
      fullres: [cube, 2],
      lowres: { spacing: [2.50008, 1.91901, 1.91901], median: [193, 205, 205], patch: cube },
      flat: [[512, 512], 12],
    },
    {
      name: '#1768',
      spacing: [1.5, 0.783203, 0.783203],
      shape: [143, 512, 512],
      cases: 100,
      labels: 2,
      fullres: [[56, 224, 192], 2],
    },
    {
      name: '#2729',
      spacing: [1.8, 0.703125, 0.703125],
      shape: [287, 512, 512],
      cases: 100,
      labels: 2,
      fullres: [[80, 160, 160], 2],
    },
    {
      name: 'Hippocampus',
      spacing: [1, 1, 1],
      shape: [36, 50, 35],
      cases: 260,
      labels: 3,
      fullres: [[40, 56, 40], 9],
      flat: [[56, 40], 366],
    },
    {
      name: '2D photographs',
      spacing: [999, 1, 1],
      shape: [1, 2848, 4288],
      cases: 100,
      labels: 2,
      flat: [[1024, 1536], 2],
    },
    { ...copy(prostate), labels: 3, planner: 'resenc-m', fullres: [[20, 256, 256], 2] },
    { ...copy(brats), labels: 3, planner: 'resenc-m', fullres: [cube, 2] },
    { ...copy(lung), labels: 3, planner: 'resenc-m', fullres: [[80, 192, 160], 2] },
    { ...copy(prostate), labels: 3, planner: 'resenc-l', fullres: [[20, 320, 320], 5] },
    { ...copy(brats), labels: 3, planner: 'resenc-l', fullres: [[160, 192, 160], 3] },
    { ...copy(lung), labels: 3, planner: 'resenc-l', fullres: [[112, 256, 256], 2] },
    { ...copy(liver), labels: 3, planner: 'resenc-l', fullres: [[192, 192, 192], 2] },
    { ...copy(prostate), labels: 3, planner: 'resenc-xl', fullres: [[20, 320, 320], 8] },
    { ...copy(brats), labels: 3, planner: 'resenc-xl', fullres: [[160, 192, 160], 6] },
    { ...copy(lung), labels: 3, planner: 'resenc-xl', fullres: [[128, 320, 320], 2] },
  ];

  for (const row of printed) {
    it(`plans ${row.name} with the ${row.planner ?? 'default'} planner`, () => {
      const plans = planExperiment({
        fingerprint: {
          spacings: [row.spacing],
          shapes_after_crop: [row.shape],
          foreground_intensity_properties_per_channel: {},
          median_relative_size_after_cropping: 1,
        },
        datasetJson: {
          channel_names: { '0': 'CT' },
          labels: Object.fromEntries(
            Array.from({ length: row.labels }, (_, label) => [label ? `l${label}` : 'background', label]),
          ),
          numTraining: row.cases,
          file_ending: '.nii.gz',
        },
        planner: row.planner ?? 'default',
        datasetName: 'Dataset001_Printed',
        imageReaderWriter: 'SimpleITKIO',
      });
      const joined = (vectors: number[][]) => vectors.map((vector) => vector.join(''));
      if (row.fullres) {
        const fullres = getConfiguration(plans, '3d_fullres');
        assert.deepEqual([fullres.patch_size, fullres.batch_size], row.fullres);
        if (row.strides) assert.deepEqual(joined(fullres.architecture.arch_kwargs.strides), row.strides);
        if (row.kernels) assert.deepEqual(joined(fullres.architecture.arch_kwargs.kernel_sizes), row.kernels);
      } else assert.equal(plans.configurations['3d_fullres'], undefined);
      if (row.lowres === null) assert.equal(plans.configurations['3d_lowres'], undefined);
      if (row.lowres) {
        const lowres = getConfiguration(plans, '3d_lowres');
        assert.deepEqual(lowres.patch_size, row.lowres.patch);
        assert.deepEqual(lowres.median_image_size_in_voxels, row.lowres.median);
        const digits = (values: number[]) => values.map((value) => Number(value.toPrecision(6)));
        assert.deepEqual(digits(lowres.spacing), row.lowres.spacing);
      }
      if (row.flat) {
        const flat = getConfiguration(plans, '2d');
        assert.deepEqual([flat.patch_size, flat.batch_size], row.flat);
      }
    });
  }
});

function copy<T extends { spacing: readonly number[]; shape: readonly number[] }>(row: T) {
  return {
    ...row,
    spacing: [...row.spacing] as [number, number, number],
    shape: [...row.shape] as [number, number, number],
  };
}
