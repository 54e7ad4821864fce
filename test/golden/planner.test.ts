import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { validateDatasetJson } from '../../src/method/datasetJson';
import { fingerprintToJson, validateFingerprint } from '../../src/method/fingerprint';
import { parseJson } from '../../src/method/jsonReader';
import { planConfiguration } from '../../src/method/planner/configuration';
import { planExperiment } from '../../src/method/planner/planExperiment';
import { plannerPresets, type PlannerName } from '../../src/method/planner/presets';
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
        assert.deepEqual({ ...planned, configurations: {} }, { ...expected, configurations: {} });
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
