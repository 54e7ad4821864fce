import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { validateDatasetJson } from '../../src/method/datasetJson';
import { fingerprintToJson, validateFingerprint } from '../../src/method/fingerprint';
import { parseJson } from '../../src/method/json';
import { planConfiguration } from '../../src/method/planner/configuration';
import { planExperiment, plannerPresets, type PlannerName } from '../../src/method/planner';
import { getConfiguration, readPlans, type Configuration, type Plans } from '../../src/method/plans';
import { plansToJson } from '../../src/method/plansText';
import { describeShared, hasShared, sharedPath } from '../shared';

/** A folder with dataset.json, fingerprint and the plans files that a real nnU-Net made from them. */
interface Triple {
  name: string;
  plansFiles: string[];
}

const triples: Triple[] = hasShared
  ? readdirSync(sharedPath('data/planner-triples'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const files = readdirSync(sharedPath('data/planner-triples', name));
        return { name, plansFiles: files.filter((file) => /plans\.json$/i.test(file)) };
      })
  : [];

function load(triple: string, file: string): { text: string; value: unknown } {
  const text = readFileSync(sharedPath('data/planner-triples', triple, file), 'utf8');
  return { text, value: parseJson(text, file) };
}

function plannerOf(plans: Plans): PlannerName {
  const found = Object.entries(plannerPresets).find(
    ([, preset]) => preset.plannerClass === plans.experiment_planner_used,
  );
  assert.ok(found, plans.experiment_planner_used);
  return found[0] as PlannerName;
}

function replan(triple: string, expected: Plans): Plans {
  const datasetFile = triple === 'IXI_Pituitary_ROI' ? 'dataset.supposed.json' : 'dataset.json';
  return planExperiment({
    fingerprint: validateFingerprint(load(triple, 'dataset_fingerprint.json').value),
    datasetJson: validateDatasetJson(load(triple, datasetFile).value),
    planner: plannerOf(expected),
    datasetName: expected.dataset_name,
    imageReaderWriter: expected.image_reader_writer,
    plansName: expected.plans_name,
  });
}

/** A configuration without the Python path of its network class, which moved between versions. */
function comparable(plans: Plans, name: string): unknown {
  const configuration = structuredClone(getConfiguration(plans, name)) as Configuration;
  const { architecture } = configuration;
  architecture.network_class_name = architecture.network_class_name.split('.').pop()!;
  return configuration;
}

function configurationNames(triple: string, plans: Plans): string[] {
  // Planned before 19 February 2024, when the 2D patch shrank until the whole reference batch fits: see below.
  const names = Object.keys(plans.configurations);
  return triple === 'AMOS22_CT' ? names.filter((name) => name !== '2d') : names;
}

describeShared('planning real datasets as the real nnU-Net did', () => {
  it('has the thirteen datasets to compare with', () => {
    assert.equal(triples.length, 13);
    assert.equal(triples.flatMap((triple) => triple.plansFiles).length, 24);
  });

  for (const { name: triple, plansFiles } of triples) {
    for (const file of plansFiles) {
      it(`decides every field of ${join(triple, file)}`, () => {
        const expected = readPlans(load(triple, file).text, file);
        const planned = replan(triple, expected);
        assert.deepEqual(Object.keys(planned.configurations), Object.keys(expected.configurations));
        for (const name of configurationNames(triple, expected)) {
          assert.deepEqual(comparable(planned, name), comparable(expected, name), name);
        }
        const { configurations: a, ...plannedRest } = planned;
        const { configurations: b, ...expectedRest } = expected;
        assert.deepEqual(plannedRest, expectedRest);
      });
    }
  }

  it('finds the 2D patch of AMOS22_CT by the rule of its time', () => {
    const expected = getConfiguration(readPlans(load('AMOS22_CT', 'plans.json').text), '2d');
    const { patchSize, batchSize, topology } = planConfiguration({
      preset: { ...plannerPresets.default, shrinksToMinimumBatch: false },
      gpuMemoryGb: 8,
      numClasses: 16,
      spacing: expected.spacing,
      medianShape: expected.median_image_size_in_voxels,
      datasetVoxels: Infinity,
    });
    assert.deepEqual(patchSize, expected.patch_size);
    assert.equal(batchSize, expected.batch_size);
    assert.deepEqual(topology.strides, expected.architecture.arch_kwargs.strides);
    assert.deepEqual(topology.kernelSizes, expected.architecture.arch_kwargs.kernel_sizes);
  });

  it('writes current plans byte for byte', () => {
    let compared = 0;
    for (const { name: triple, plansFiles } of triples) {
      for (const file of plansFiles) {
        const { text } = load(triple, file);
        if (text.includes('UNet_class_name')) continue;
        const planned = plansToJson(replan(triple, readPlans(text)));
        const withOldPath = text.replaceAll('architectures.residual_unet.Res', 'architectures.unet.Res');
        assert.equal(planned, withOldPath.trimEnd(), join(triple, file));
        compared++;
      }
    }
    assert.equal(compared, 21);
  });

  it('writes fingerprints byte for byte from bare numbers', () => {
    for (const { name: triple } of triples) {
      const { text, value } = load(triple, 'dataset_fingerprint.json');
      const bare = validateFingerprint(structuredClone(value));
      assert.equal(fingerprintToJson(bare, triple === 'StenUNet_2d_png'), text.trimEnd(), triple);
    }
  });
});

describeShared('planning the toy dataset', () => {
  const folder = 'spec/golden/nnUNet_preprocessed/Dataset777_Toy';
  const read = (file: string) => readFileSync(sharedPath(folder, file), 'utf8');

  it('writes nnU-Net 2.8.1 plans byte for byte and keeps the configuration that was added by hand', () => {
    const existing = readPlans(read('nnUNetPlans.json'));
    const planned = planExperiment({
      fingerprint: validateFingerprint(parseJson(read('dataset_fingerprint.json'))),
      datasetJson: validateDatasetJson(parseJson(read('dataset.json'))),
      planner: 'default',
      datasetName: 'Dataset777_Toy',
      imageReaderWriter: 'NibabelIO',
      existing,
    });
    assert.equal(plansToJson(planned), read('nnUNetPlans.json'));
    assert.deepEqual(getConfiguration(planned, '3d_small').architecture.arch_kwargs.features_per_stage, [8, 12, 16]);
  });

  it('writes its fingerprint byte for byte', () => {
    const text = read('dataset_fingerprint.json');
    assert.equal(fingerprintToJson(structuredClone(validateFingerprint(parseJson(text)))), text);
  });
});

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
