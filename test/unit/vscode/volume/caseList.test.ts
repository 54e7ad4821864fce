import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCase } from '../../../../src/vscode/volume/caseContext';
import { caseBeside, casesWith, placeAmongCases } from '../../../../src/vscode/volume/caseList';
import { filesOf } from './namedFiles';

const raw = '/work/nnUNet_raw/Dataset007_Brain';
const around = { results: '/work/nnUNet_results', workspaces: [] };
const datasetJson = JSON.stringify({
  channel_names: { 0: 'T1', 1: 'FLAIR' },
  labels: { background: 0, tumour: 1 },
  numTraining: 3,
  file_ending: '.nii.gz',
});
const images = (folder: string, ...ids: string[]): Record<string, string> =>
  Object.fromEntries(ids.flatMap((id) => [0, 1].map((channel) => [`${raw}/${folder}/${id}_000${channel}.nii.gz`, ''])));
const summary = (labels: string, dice: Record<string, number | null>): string => {
  const metrics = (value: number | null): object => {
    return { 1: { Dice: value, IoU: value, FP: 0, TP: 0, FN: 0, TN: 0, n_pred: 0, n_ref: 0 } };
  };
  return JSON.stringify({
    foreground_mean: metrics(0.5)[1 as never],
    mean: metrics(0.5),
    metric_per_case: Object.entries(dice).map(([id, value]) => ({
      metrics: metrics(value),
      prediction_file: `/x/${id}.nii.gz`,
      reference_file: `/x/${labels}/${id}.nii.gz`,
    })),
  });
};

describe('the cases that lie with an image', () => {
  it('are those of its part of the dataset, gone through by name', async () => {
    const files = filesOf({
      [`${raw}/dataset.json`]: datasetJson,
      ...images('imagesTr', 'p1', 'p2', 'p10'),
      ...images('imagesTs', 'p3'),
    });
    const opened = `${raw}/imagesTr/p2_0001.nii.gz`;
    const cases = await casesWith(await findCase(opened, files), around, files);
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['p1', 'p2', 'p10'],
    );
    assert.deepEqual(placeAmongCases(opened, cases), { index: 1, total: 3, by: 'order', canSortByDice: false });
    assert.equal(caseBeside(opened, cases, 1, 'order')!.images[1], `${raw}/imagesTr/p10_0001.nii.gz`);
    assert.equal(caseBeside(`${raw}/imagesTr/p10_0000.nii.gz`, cases, 1, 'order'), undefined);
    const alone = `${raw}/imagesTs/p3_0000.nii.gz`;
    assert.equal(placeAmongCases(alone, await casesWith(await findCase(alone, files), around, files)), undefined);
  });

  it('go by the newest Dice of this part of the dataset, the worst first and those without at the end', async () => {
    const model = '/work/nnUNet_results/Dataset007_Brain/nnUNetTrainer__nnUNetPlans__2d';
    const predicted = '/work/nnUNet_predictions/Dataset007_Brain';
    const files = filesOf(
      {
        [`${raw}/dataset.json`]: datasetJson,
        ...images('imagesTr', 'p1', 'p2', 'p3', 'p4'),
        [`${model}/fold_0/validation/summary.json`]: summary('labelsTr', { p1: 0.1, p2: 0.6 }),
        [`${model}/fold_1/validation/summary.json`]: summary('labelsTr', { p1: 0.9, p4: null }),
        [`${predicted}/tests/summary.json`]: summary('labelsTs', { p2: 0.05, p3: 0.01 }),
      },
      (file) => (file.includes('fold_1') ? 2 : file.includes('tests') ? 3 : 1),
    );
    const opened = `${raw}/imagesTr/p2_0000.nii.gz`;
    const cases = await casesWith(await findCase(opened, files), around, files);
    assert.deepEqual(placeAmongCases(opened, cases, 'dice'), { index: 0, total: 4, by: 'dice', canSortByDice: true });
    assert.equal(caseBeside(opened, cases, 1, 'dice')!.id, 'p1');
    assert.equal(caseBeside(`${raw}/imagesTr/p1_0000.nii.gz`, cases, 1, 'dice')!.id, 'p3');
  });

  it('are the images of a loose folder, without its masks, and the masks where one was opened', async () => {
    const names = ['a.nii.gz', 'b.nii.gz', 'a_seg.nii.gz', 'b_seg.nii.gz', 'notes.txt'];
    const files = filesOf(Object.fromEntries(names.map((name) => [`/d/${name}`, ''])));
    const ids = async (image: string): Promise<string[]> =>
      (await casesWith(await findCase(image, files), around, files)).map(({ id }) => id);
    assert.deepEqual(await ids('/d/a.nii.gz'), ['a', 'b']);
    assert.deepEqual(await ids('/d/b_seg.nii.gz'), ['a_seg', 'b_seg']);
  });
});
