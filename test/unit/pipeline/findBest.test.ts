import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readPostprocessing } from '../../../src/dataset/postprocessingFile';
import { readInferenceInformation } from '../../../src/method/inferenceInformation';
import { findBestStage } from '../../../src/pipeline/findBest';
import { filesBelow, scratchFolder, writeText } from '../dataset/scratch';
import { caseIds, labelledDataset, modelName, validatedModel } from './validatedModels';

const truth = (at: number, voxel: number): number => (voxel % 30 < 8 ? (voxel + at) % 3 : 0);
/** Wrong in every n-th voxel that has a label. */
const wrongEvery =
  (n: number, shift = 0) =>
  (at: number, voxel: number): number => {
    const label = truth(at, voxel);
    return label !== 0 && (voxel + shift) % n === 0 ? 3 - label : label;
  };

async function place(test: TestContext) {
  const root = await scratchFolder(test);
  const dataset = await labelledDataset(root, truth);
  const warnings: string[] = [];
  const find = (configurations: string[], { folds = [0, 1], ensembling = true } = {}) =>
    findBestStage({
      dataset,
      models: configurations.map(modelName),
      folds,
      ensembling,
      progress: () => undefined,
      warn: (code) => void warnings.push(code),
      note: () => undefined,
    });
  return { root, dataset, find, warnings };
}

describe('finding the best model', () => {
  it('takes the pair whose mean is better than both, and leaves what nnU-Net leaves', async (test) => {
    const { dataset, find, warnings } = await place(test);
    // Each is unsure where it is wrong: together they are right where one of them is.
    const [first, second] = [wrongEvery(4), wrongEvery(4, 2)];
    const sureOf = (label: typeof truth) => ({
      sure: (at: number, voxel: number) => (label(at, voxel) === truth(at, voxel) ? 0.9 : 0.5),
    });
    await validatedModel(dataset, '2d', first, sureOf(first));
    await validatedModel(dataset, '3d_fullres', second, sureOf(second));
    const { best, candidates, information } = await find(['2d', '3d_fullres']);
    assert.deepEqual(best.members, ['nnUNetTrainer__nnUNetPlans__2d', 'nnUNetTrainer__nnUNetPlans__3d_fullres']);
    assert.equal(best.summary.foreground_mean.Dice, 1);
    assert.equal(best.summary.metric_per_case.length, 4);
    assert.ok(candidates.slice(0, 2).every(({ summary }) => summary.foreground_mean.Dice < 1));
    const folder = join(dataset.results, 'ensembles', best.identifier);
    assert.deepEqual(await filesBelow(folder), [
      ...[
        'a.nii.gz',
        'b.nii.gz',
        'c.nii.gz',
        'd.nii.gz',
        'dataset.json',
        'plans.json',
        'postprocessed/.nnunet-outputs.jsonl',
      ],
      ...['a', 'b', 'c', 'd'].map((id) => `postprocessed/${id}.nii.gz`),
      ...['postprocessed/dataset.json', 'postprocessed/plans.json', 'postprocessed/summary.json'],
      ...['postprocessing.json', 'postprocessing.pkl', 'summary.json'],
    ]);
    const single = join(dataset.results, best.members[0]!, 'crossval_results_folds_0_1');
    assert.deepEqual(await filesBelow(single), [
      ...caseIds.map((id) => `${id}.nii.gz`),
      'dataset.json',
      'plans.json',
      'summary.json',
    ]);
    const file = join(dataset.results, 'inference_information.json');
    const chosen = readInferenceInformation(await readFile(file, 'utf8'), file);
    assert.deepEqual(chosen, {
      selected: [modelName('2d'), modelName('3d_fullres')],
      folds: [0, 1],
      considered: [modelName('2d'), modelName('3d_fullres')],
      results: information.results,
      dice: information.dice,
    });
    assert.deepEqual(
      Object.keys(information.results),
      candidates.map(({ identifier }) => identifier),
    );
    assert.match(
      await readFile(join(dataset.results, 'inference_instructions.txt'), 'utf8'),
      /nnunet predict Dataset001_Test [^]*nnUNetv2_ensemble -i OUTPUT_FOLDER_MODEL_1 OUTPUT_FOLDER_MODEL_2 -o OUTPUT_FOLDER\n/,
    );
    assert.deepEqual(warnings, []);
  });

  it('of equals takes the first, the single model', async (test) => {
    const { dataset, find } = await place(test);
    for (const configuration of ['2d', '3d_fullres']) await validatedModel(dataset, configuration, wrongEvery(5));
    assert.equal((await find(['3d_fullres', '2d'])).best.identifier, 'nnUNetTrainer__nnUNetPlans__3d_fullres');
  });

  it('removes islands where that raises the Dice, and only of labels where it does', async (test) => {
    const { dataset, find } = await place(test);
    // The true liver is one piece; the model sees a second one far away, and splits the tumour as it is.
    const pieces = (_: number, voxel: number): number => (voxel < 24 ? 1 : voxel >= 90 && voxel % 6 !== 3 ? 2 : 0);
    await rm(dataset.raw, { recursive: true });
    await rm(dataset.preprocessed, { recursive: true });
    const again = await labelledDataset(join(dataset.raw, '..', '..'), pieces);
    await validatedModel(again, '2d', (at, voxel) => (voxel >= 60 && voxel < 62 ? 1 : pieces(at, voxel)));
    const { postprocessing, best } = await find(['2d']);
    assert.deepEqual(postprocessing.steps, [{ alone: 1 }]);
    assert.deepEqual(
      postprocessing.trials.map(({ accepted }) => accepted),
      [false, true, false],
    );
    assert.equal(postprocessing.after.foreground_mean.Dice, 1);
    assert.ok(postprocessing.before.foreground_mean.Dice < 1);
    assert.deepEqual(await readPostprocessing(join(best.folder, 'postprocessing.pkl')), [{ alone: 1 }]);
    const summary = JSON.parse(await readFile(join(best.folder, 'postprocessed', 'summary.json'), 'utf8')) as {
      foreground_mean: { Dice: number };
    };
    assert.equal(summary.foreground_mean.Dice, 1);
  });

  it('once more: what was left before is made again, and what a person put there stays', async (test) => {
    const { dataset, find } = await place(test);
    const model = await validatedModel(dataset, '2d', wrongEvery(5));
    const folder = join(model, 'crossval_results_folds_0_1');
    await find(['2d']);
    await writeText(join(folder, 'remarks.txt'), 'mine');
    const before = await filesBelow(folder);
    await validatedModel(dataset, '2d', wrongEvery(7));
    const { best } = await find(['2d']);
    assert.deepEqual(await filesBelow(folder), before);
    assert.ok(best.summary.foreground_mean.Dice > 0.8);
    await validatedModel(dataset, '3d_fullres', truth);
    await find(['2d', '3d_fullres']);
    assert.ok(!existsSync(join(folder, 'postprocessing.pkl')), 'of one that is no longer the best');
  });

  it('refuses a case in two folds, a fold that was not validated, and a pair without probabilities', async (test) => {
    const { dataset, find } = await place(test);
    const model = await validatedModel(dataset, '2d', truth, { probabilities: false });
    await assert.rejects(find(['2d'], { folds: [0, 1, 2] }), { code: 'fold-not-validated' });
    await validatedModel(dataset, '3d_fullres', truth);
    await assert.rejects(find(['2d', '3d_fullres']), { code: 'probabilities-missing' });
    assert.equal((await find(['2d', '3d_fullres'], { ensembling: false })).candidates.length, 2);
    await writeText(join(model, 'fold_1', 'validation', 'a.nii.gz'), 'a mask');
    await assert.rejects(find(['2d']), { code: 'case-in-several-folds' });
  });
});
