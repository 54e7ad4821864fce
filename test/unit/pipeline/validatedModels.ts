/** Trained models as they lie in nnUNet_results after validation: masks of constructed cases with their probabilities. No weights. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { npyArray } from '../../../src/dataset/npy';
import { writeNpz } from '../../../src/dataset/npz';
import { casePickle } from '../../../src/dataset/properties';
import { defaultTrainer, foldPaths, modelFolderName, modelPaths } from '../../../src/dataset/results';
import type { DatasetReference } from '../../../src/dataset/references';
import { writeScan } from '../../../src/dataset/scans';
import type { ModelName } from '../../../src/method/bestConfiguration';
import { LabelManager } from '../../../src/method/labels';
import { oblique, smallShape, writeText } from '../dataset/scratch';
import { toyMetadata } from '../inference/toyModel';

const voxels = smallShape.reduce((product, size) => product * size, 1);
export const datasetJson = {
  channel_names: { 0: 'CT' },
  labels: { background: 0, liver: 1, tumour: 2 },
  numTraining: 4,
  file_ending: '.nii.gz',
};
const heads = new LabelManager(datasetJson).numHeads;

export function modelName(configuration: string): ModelName {
  return { trainer: defaultTrainer, plans: 'nnUNetPlans', configuration };
}

/** A dataset of four cases whose true labels are `label(case, voxel)`. */
export async function labelledDataset(
  root: string,
  label: (at: number, voxel: number) => number,
): Promise<DatasetReference> {
  const folderName = 'Dataset001_Test';
  const [raw, preprocessed, results] = ['nnUNet_raw', 'nnUNet_preprocessed', 'nnUNet_results'].map((name) =>
    join(root, name, folderName),
  ) as [string, string, string];
  await writeText(join(raw, 'dataset.json'), datasetJson);
  for (const [at, id] of caseIds.entries()) {
    const values = Uint8Array.from({ length: voxels }, (_, voxel) => label(at, voxel));
    for (const folder of [join(raw, 'labelsTr'), join(preprocessed, 'gt_segmentations')])
      await writeMask(join(folder, `${id}.nii.gz`), values);
  }
  const exists = { raw: true, preprocessed: true, results: true };
  return { id: 1, name: 'Test', folderName, raw, preprocessed, results, exists };
}

export const caseIds = ['a', 'b', 'c', 'd'];

/** Two folds of two cases each. `label` is what the model says, with the probability 0.9 unless `sure` tells another. */
export async function validatedModel(
  { results }: DatasetReference,
  configuration: string,
  label: (at: number, voxel: number) => number,
  {
    sure = () => 0.9,
    probabilities = true,
    configuration: more = {},
  }: { sure?: (at: number, voxel: number) => number; probabilities?: boolean; configuration?: object } = {},
): Promise<string> {
  const folder = join(results, modelFolderName(modelName(configuration)));
  const paths = modelPaths(folder);
  await writeText(paths.datasetJson, datasetJson);
  await writeText(paths.plans, plansOf(configuration, more));
  for (const [at, id] of caseIds.entries()) {
    const { validation } = foldPaths(paths.fold(at < 2 ? 0 : 1));
    const values = Uint8Array.from({ length: voxels }, (_, voxel) => label(at, voxel));
    await writeMask(join(validation, `${id}.nii.gz`), values);
    if (!probabilities) continue;
    const likely = new Float32Array(heads * voxels);
    values.forEach((value, voxel) => {
      const share = sure(at, voxel);
      for (let head = 0; head < heads; head += 1)
        likely[head * voxels + voxel] = head === value ? share : (1 - share) / (heads - 1);
    });
    await writeNpz(join(validation, `${id}.npz`), { probabilities: npyArray(likely, [heads, ...smallShape]) });
    await writeFile(join(validation, `${id}.pkl`), casePickle(properties));
  }
  return folder;
}

const properties = {
  spacing: [...oblique.spacing].reverse() as [number, number, number],
  sitk_stuff: oblique,
  shape_before_cropping: smallShape,
  bbox_used_for_cropping: smallShape.map((size): [number, number] => [0, size]),
  shape_after_cropping_and_before_resampling: smallShape,
};

async function writeMask(file: string, values: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeScan(file, values, smallShape, oblique);
}

function plansOf(configuration: string, more: object): object {
  const { plans } = toyMetadata() as { plans: { configurations: Record<string, unknown> } };
  const [only] = Object.values(plans.configurations);
  return {
    ...plans,
    image_reader_writer: 'SimpleITKIO',
    configurations: { [configuration]: { ...(only as object), ...more } },
  };
}
