/** A dataset of which only the preprocessed cases are left, as on a cluster node, with a core that computes nothing. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npyArray, writeNpy } from '../../../src/dataset/npy';
import { preprocessedCaseFiles, preprocessedPaths } from '../../../src/dataset/preprocessed';
import { networkOf } from '../../../src/engine/checkpointFit';
import { parameterShapes } from '../engine/parameterShapes';
import type { TrainingDatasetJson } from '../../../src/method/datasetJson';
import { fingerprintToJson, type Fingerprint } from '../../../src/method/fingerprint';
import { stringifyJson } from '../../../src/method/jsonWriter';
import { planExperiment } from '../../../src/method/planner/planExperiment';
import { getConfiguration } from '../../../src/method/plans';
import { plansToJson } from '../../../src/method/plansText';
import type { RunRequest, TrainOptions } from '../../../src/jobs/runFolder';
import { writeFakeCore } from './fakeCore';

const datasetName = 'Dataset001_Tést set';

/** @returns the folder of the three roots: raw, pre, res. The environment names the core. */
export async function writePreprocessedDataset(): Promise<string> {
  const root = fs.mkdtempSync(join(tmpdir(), 'nnunet runner ü-'));
  const paths = preprocessedOf(root);
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const datasetJson: TrainingDatasetJson = {
    channel_names: { '0': 'MRI' },
    labels: { background: 0, organ: 1 },
    numTraining: ids.length,
    file_ending: '.nii.gz',
  };
  const fingerprint: Fingerprint = {
    spacings: ids.map(() => [1, 1, 1]),
    shapes_after_crop: ids.map(() => [20, 24, 28]),
    foreground_intensity_properties_per_channel: {
      '0': { mean: 1, median: 1, std: 1, min: 0, max: 2, percentile_00_5: 0, percentile_99_5: 2 },
    },
    median_relative_size_after_cropping: 1,
  };
  const plans = planExperiment({
    fingerprint,
    datasetJson,
    planner: 'default',
    datasetName,
    imageReaderWriter: 'SimpleITKIO',
  });
  const { arch_kwargs: network } = getConfiguration(plans, '3d_fullres').architecture;
  network.features_per_stage = network.features_per_stage.map(() => 4); // small checkpoints
  process.env.NNUNET_CORE = writeFakeCore(root, parameterShapes(networkOf(plans, datasetJson, '3d_fullres')));
  const data = paths.data('nnUNetPlans_3d_fullres');
  fs.mkdirSync(data, { recursive: true });
  fs.writeFileSync(paths.datasetJson, stringifyJson(datasetJson));
  fs.writeFileSync(paths.fingerprint, fingerprintToJson(fingerprint));
  fs.writeFileSync(paths.plans('nnUNetPlans'), plansToJson(plans));
  for (const id of ids) {
    const files = preprocessedCaseFiles(data, id);
    await writeNpy(files.data, npyArray(new Float32Array(1), [1, 1, 1, 1]));
    await writeNpy(files.segmentation, npyArray(new Int16Array(1), [1, 1, 1, 1]));
    await writeNpy(files.locations, npyArray(new Int32Array(4), [1, 4]));
    fs.writeFileSync(files.properties, '{}');
  }
  return root;
}

export function preprocessedOf(root: string): ReturnType<typeof preprocessedPaths> {
  return preprocessedPaths(join(root, 'pre', datasetName));
}

export function requestFor(
  root: string,
  options: Partial<TrainOptions> = {},
  fold: RunRequest['fold'] = 'all',
): RunRequest {
  const folder = (name: string) => join(root, name, datasetName);
  return {
    dataset: datasetName,
    folders: { raw: folder('raw'), preprocessed: folder('pre'), results: folder('res') },
    configuration: '3d_fullres',
    fold,
    plans: 'nnUNetPlans',
    trainer: 'nnUNetTrainer',
    options: { device: 'auto', precision: 'auto', npz: false, validate: false, resume: false, epochs: 3, ...options },
  };
}
