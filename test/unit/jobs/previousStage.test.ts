import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { preprocessedCaseFiles, preprocessedPaths } from '../../../src/dataset/preprocessed';
import { planExperiment } from '../../../src/method/planner/planExperiment';
import { plansToJson } from '../../../src/method/plansText';
import { previousStageRuns, withPreviousStage } from '../../../src/jobs/previousStage';
import { foldFolder, type RunRequest } from '../../../src/jobs/runFolder';
import { scratchFolder, writeText } from '../dataset/scratch';

const dataset = 'Dataset005_Large';
const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Scans so large that a cascade is planned, of which only the names matter here. */
async function planned(context: TestContext): Promise<RunRequest> {
  const root = await scratchFolder(context);
  const [raw, preprocessed, results] = ['raw', 'pre', 'res'].map((name) => join(root, name, dataset)) as [
    string,
    string,
    string,
  ];
  const paths = preprocessedPaths(preprocessed);
  const plans = planExperiment({
    fingerprint: {
      spacings: ids.map(() => [1, 1, 1]),
      shapes_after_crop: ids.map(() => [400, 512, 512]),
      foreground_intensity_properties_per_channel: {
        '0': { mean: 1, median: 1, std: 1, min: 0, max: 2, percentile_00_5: 0, percentile_99_5: 2 },
      },
      median_relative_size_after_cropping: 1,
    },
    datasetJson: {
      channel_names: { 0: 'CT' },
      labels: { background: 0, organ: 1 },
      numTraining: 6,
      file_ending: '.nii',
    },
    planner: 'default',
    datasetName: dataset,
    imageReaderWriter: 'SimpleITKIO',
  });
  const data = paths.data('nnUNetPlans_3d_fullres');
  await mkdir(data, { recursive: true });
  await writeFile(paths.plans('nnUNetPlans'), plansToJson(plans));
  for (const id of ids) {
    for (const file of Object.values(preprocessedCaseFiles(data, id))) await writeFile(file, '');
  }
  const splits = [0, 1, 2, 3, 4].map((fold) => {
    const val = fold === 4 ? ids.slice(4) : [ids[fold]!];
    return { train: ids.filter((id) => !val.includes(id)), val };
  });
  await writeText(paths.splits, splits);
  return {
    dataset,
    folders: { raw, preprocessed, results },
    configuration: '3d_cascade_fullres',
    fold: 0,
    plans: 'nnUNetPlans',
    trainer: 'nnUNetTrainer',
    options: { device: 'cpu', precision: 'auto', npz: false, validate: true, resume: false, budgetSeconds: 60 },
  };
}

/** What validation of the first stage leaves for the second. */
async function predict(request: RunRequest, cases: readonly string[]): Promise<void> {
  const folder = join(request.folders.results, 'nnUNetTrainer__nnUNetPlans__3d_lowres', 'predicted_next_stage');
  await mkdir(join(folder, '3d_cascade_fullres'), { recursive: true });
  for (const id of cases) await writeFile(join(folder, '3d_cascade_fullres', `${id}.npy`), '');
}

describe('the first stage of a cascade', () => {
  it('is trained in every fold before the second, as long as that', async (context) => {
    const request = await planned(context);
    const runs = await previousStageRuns(request);
    assert.deepEqual(
      runs.map(({ configuration, fold, options }) => [configuration, fold, options.budgetSeconds, options.resume]),
      [0, 1, 2, 3, 4].map((fold) => ['3d_lowres', fold, 60, false]),
    );
    assert.ok(runs.every(({ options }) => options.prepareNextStage && options.validate));
  });

  it('comes once before several folds of the second, which wait for it', async (context) => {
    const request = await planned(context);
    const all = await withPreviousStage([request, { ...request, fold: 1 }]);
    assert.deepEqual(
      all.map(({ request: { configuration, fold } }) => `${configuration} ${fold}`),
      [...[0, 1, 2, 3, 4].map((fold) => `3d_lowres ${fold}`), '3d_cascade_fullres 0', '3d_cascade_fullres 1'],
    );
    assert.deepEqual(
      all.at(-1)!.after,
      all.slice(0, 5).map((one) => foldFolder(one.request)),
    );
  });

  it('that was asked for itself comes once, and leaves what the second learns from', async (context) => {
    const request = await planned(context);
    const coarse = {
      ...request,
      configuration: '3d_lowres',
      fold: 0,
      options: { ...request.options, validate: false },
    };
    const all = await withPreviousStage([coarse, request]);
    const zeroth = all.filter((one) => foldFolder(one.request) === foldFolder(coarse));
    assert.deepEqual([zeroth.length, all.length], [1, 6]);
    assert.deepEqual([zeroth[0]!.request.options.validate, zeroth[0]!.request.options.prepareNextStage], [true, true]);
  });

  it('is only completed where a fold is trained but its cases are not predicted', async (context) => {
    const request = await planned(context);
    await predict(request, ['a', 'b', 'c', 'd', 'e']);
    const folder = foldFolder({ ...request, configuration: '3d_lowres', fold: 4 });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'checkpoint_final.safetensors'), '');
    const runs = await previousStageRuns(request);
    assert.deepEqual(
      runs.map(({ fold, options }) => [fold, options.resume, options.budgetSeconds]),
      [[4, true, undefined]],
    );
  });

  it('is nothing where every case is predicted, and for other configurations', async (context) => {
    const request = await planned(context);
    await predict(request, ids);
    assert.deepEqual(await withPreviousStage([request]), [{ request, after: [] }]);
    const other = { ...request, configuration: '3d_fullres' };
    assert.deepEqual(await withPreviousStage([other]), [{ request: other, after: [] }]);
  });
});
