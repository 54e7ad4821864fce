import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DatasetJson } from '../../../../src/method/datasetJson';
import {
  comparedClasses,
  findCase,
  findSegmentations,
  imageOfSegmentation,
  labelInfos,
  type Files,
} from '../../../../src/vscode/volume/discovery';

/** A file system that consists of names, as a virtual one may be; values are contents. */
function filesOf(contents: Record<string, string>): Files {
  const paths = Object.keys(contents);
  return {
    list: async (folder) => {
      const inside = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
      if (inside.length === 0) return undefined;
      const names = new Map(inside.map((rest) => [rest.split('/')[0]!, rest.includes('/')]));
      return [...names].map(([name, isFolder]) => ({ name, isFolder }));
    },
    exists: async (file) => file in contents,
    readText: async (file) => contents[file],
    version: async (file) => contents[file],
  };
}

const datasetJson = JSON.stringify({
  channel_names: { 0: 'T1', 1: 'FLAIR' },
  labels: { background: 0, edema: 1, tumour: 2 },
  label_colours: { tumour: '#ff8000' },
  numTraining: 2,
  file_ending: '.nii.gz',
});
const raw = '/work/nnUNet_raw/Dataset007_Brain';
const model = '/work/nnUNet_results/Dataset007_Brain/nnUNetTrainer__nnUNetPlans__3d_fullres';
const around = { raw: '/work/nnUNet_raw', results: '/work/nnUNet_results', workspaces: ['/work'] };
const dataset = (...further: string[]): Files =>
  filesOf({
    [`${raw}/dataset.json`]: datasetJson,
    [`${raw}/imagesTr/a_0000.nii.gz`]: '',
    [`${raw}/imagesTr/a_0001.nii.gz`]: '',
    [`${raw}/imagesTr/b_0000.nii.gz`]: '',
    [`${raw}/imagesTr/b_0001.nii.gz`]: '',
    [`${raw}/labelsTr/a.nii.gz`]: '',
    [`${raw}/labelsTr/b.nii.gz`]: '',
    ...Object.fromEntries(further.map((path) => [path, ''])),
  });
const short = (found: { source: string; name: string }[]): string[] =>
  found.map(({ source, name }) => `${source}: ${name}`);

describe('findCase', () => {
  it('puts the channels of a case together, whichever was opened', async () => {
    const found = await findCase(`${raw}/imagesTr/a_0001.nii.gz`, dataset());
    assert.deepEqual(found.channelFiles, [`${raw}/imagesTr/a_0000.nii.gz`, `${raw}/imagesTr/a_0001.nii.gz`]);
    assert.deepEqual([found.caseId, found.opened, found.channelNames], ['a', 1, ['T1', 'FLAIR']]);
  });

  it('leaves a file alone whose number belongs to no row of channels', async () => {
    const files = filesOf({ '/scans/slice_0007.nii.gz': '', '/scans/slice_0008.nii.gz': '' });
    const found = await findCase('/scans/slice_0007.nii.gz', files);
    assert.deepEqual(found.channelFiles, ['/scans/slice_0007.nii.gz']);
    assert.equal(found.caseId, 'slice_0007');
  });

  it('still opens a case whose dataset.json is damaged', async () => {
    const files = filesOf({ [`${raw}/dataset.json`]: '{', [`${raw}/imagesTr/a_0000.nii.gz`]: '' });
    const found = await findCase(`${raw}/imagesTr/a_0000.nii.gz`, files);
    assert.deepEqual([found.caseId, found.datasetFolder, found.datasetJson], ['a', raw, undefined]);
  });
});

describe('findSegmentations', () => {
  it('offers the label, then every model’s validation result, then folders of predictions', async () => {
    const files = dataset(
      `${model}/fold_0/validation/a.nii.gz`,
      `${model}/fold_1/validation/b.nii.gz`,
      `${model}/crossval_results_folds_0_1/a.nii.gz`,
      '/work/nnUNet_results/Dataset007_Brain/Mine__nnUNetPlans__2d/fold_all/validation/a.nii.gz',
      '/work/predictions/night/a.nii.gz',
      '/work/second reader/a.nii.gz',
    );
    const context = await findCase(`${raw}/imagesTr/a_0000.nii.gz`, files);
    assert.deepEqual(short(await findSegmentations(context, around, files)), [
      'label: Label',
      'prediction: 2d (Mine, nnUNetPlans), fold all',
      'prediction: 3d_fullres, cross-validation',
      'prediction: 3d_fullres, fold 0',
      'file: work/second reader',
      'prediction: predictions/night',
    ]);
  });

  it('names predictions by their model where the folder says which, and tells equal ones apart', async () => {
    const made = (folds: string[], mirroring: boolean): string =>
      JSON.stringify({ configuration: '2d', folds, mirroring, stepSize: 0.5 });
    const files = filesOf({
      '/work/scans/a.nii.gz': '',
      ...Object.fromEntries(['one', 'two', 'three', 'four'].map((name) => [`/work/predictions/${name}/a.nii.gz`, ''])),
      '/work/predictions/one/predicted_with.json': made(['0'], false),
      '/work/predictions/two/predicted_with.json': made(['0'], true),
      '/work/predictions/three/predicted_with.json': made(['0'], true),
      '/work/predictions/four/predicted_with.json': 'damaged',
    });
    const found = await findSegmentations(await findCase('/work/scans/a.nii.gz', files), around, files);
    assert.deepEqual(short(found).sort(), [
      'prediction: 2d, fold 0 (three)',
      'prediction: 2d, fold 0 (two)',
      'prediction: 2d, fold 0, fast',
      'prediction: predictions/four',
    ]);
  });

  it('does so, too, where the command Predict puts them', async () => {
    const folder = '/work/nnUNet_predictions/Dataset007_Brain/3d_fullres-2';
    const record = JSON.stringify({ configuration: '3d_fullres', folds: ['0', '1'], mirroring: true });
    const files = filesOf({
      [`${raw}/dataset.json`]: datasetJson,
      [`${raw}/imagesTs/t_0000.nii.gz`]: '',
      [`${raw}/imagesTs/t_0001.nii.gz`]: '',
      [`${folder}/t.nii.gz`]: '',
      [`${folder}/predicted_with.json`]: record,
    });
    const found = await findSegmentations(await findCase(`${raw}/imagesTs/t_0000.nii.gz`, files), around, files);
    assert.deepEqual(short(found), ['prediction: 3d_fullres, folds 0, 1']);
  });

  it('finds masks beside a loose image, by their words', async () => {
    const files = filesOf({
      '/data/p1.nii.gz': '',
      '/data/p1_seg.nii.gz': '',
      '/data/p1-lesion.nii.gz': '',
      '/data/segway.nii.gz': '',
      '/data/notes.txt': '',
    });
    const context = await findCase('/data/p1.nii.gz', files);
    assert.deepEqual(short(await findSegmentations(context, { workspaces: ['/data'] }, files)), [
      'file: p1-lesion.nii.gz',
      'file: p1_seg.nii.gz',
    ]);
  });

  it('offers nothing twice and never the image itself', async () => {
    const files = dataset();
    const context = await findCase(`${raw}/imagesTr/a_0000.nii.gz`, files);
    assert.deepEqual(short(await findSegmentations(context, around, files)), ['label: Label']);
  });

  it('takes a prediction that was opened by itself as labels, with the model’s names', async () => {
    const path = `${model}/fold_0/validation/a.nii.gz`;
    const files = filesOf({ [path]: '', [`${model}/dataset.json`]: datasetJson });
    const context = await findCase(path, files);
    assert.deepEqual(short(await findSegmentations(context, around, files)), ['file: This file, as labels']);
    assert.deepEqual(
      labelInfos(context.datasetJson).map(({ name }) => name),
      ['edema', 'tumour'],
    );
  });
});

describe('imageOfSegmentation', () => {
  it('leads from a prediction and from a label to the image of the case', async () => {
    const files = dataset(`${model}/fold_0/validation/b.nii.gz`, '/work/out/b.nii.gz');
    for (const path of [`${model}/fold_0/validation/b.nii.gz`, `${raw}/labelsTr/b.nii.gz`, '/work/out/b.nii.gz'])
      assert.equal(await imageOfSegmentation(path, around, files), `${raw}/imagesTr/b_0000.nii.gz`, path);
    assert.equal(await imageOfSegmentation('/work/out/unknown.nii.gz', around, files), undefined);
  });
});

describe('label names', () => {
  it('come from dataset.json, with its colours where it gives them', () => {
    const parsed = JSON.parse(datasetJson) as DatasetJson;
    assert.deepEqual(labelInfos(parsed), [
      { value: 1, name: 'edema', colour: undefined, isIgnored: false },
      { value: 2, name: 'tumour', colour: [255, 128, 0], isIgnored: false },
    ]);
    const regions = {
      ...parsed,
      labels: { background: 0, whole: [1, 2], core: 2, ignore: 3 },
      regions_class_order: [1, 2],
    };
    assert.deepEqual(comparedClasses(regions), {
      classes: [
        { entry: [1, 2], name: 'whole' },
        { entry: 2, name: 'core' },
      ],
      ignoreLabel: 3,
    });
  });
});
