import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DatasetJson } from '../../../../src/method/datasetJson';
import { findCase } from '../../../../src/vscode/volume/caseContext';
import { casesWith } from '../../../../src/vscode/volume/caseList';
import type { SearchedFiles } from '../../../../src/vscode/volume/files';
import { imageOfSegmentation } from '../../../../src/vscode/volume/imageOfSegmentation';
import { comparedClasses, labelInfos } from '../../../../src/vscode/volume/labelNames';
import { masksAround } from '../../../../src/vscode/volume/masksAround';
import { findSegmentations } from '../../../../src/vscode/volume/segmentations';
import { filesOf } from './namedFiles';

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
const dataset = (...further: string[]): SearchedFiles =>
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

  it('takes the numbers of a dataset with one channel for those of patients', async () => {
    const folder = '/work/nnUNet_raw/Dataset008_Heart';
    const file = (number: number): string => `${folder}/imagesTr/Img_000${number}.nii.gz`;
    const json = {
      channel_names: { 0: 'MR' },
      labels: { background: 0, heart: 1 },
      numTraining: 2,
      file_ending: '.nii.gz',
    };
    const files = filesOf({ [`${folder}/dataset.json`]: JSON.stringify(json), [file(0)]: '', [file(1)]: '' });
    const found = await Promise.all([findCase(file(0), files), findCase(file(1), files)]);
    assert.deepEqual(
      found.map(({ caseId, channelFiles, opened, channelNames }) => [caseId, channelFiles, opened, channelNames]),
      [
        ['Img', [file(0)], 0, ['MR']],
        ['Img_0001', [file(1)], 0, ['MR']],
      ],
    );
    const cases = await casesWith(found[0], around, files);
    assert.deepEqual(
      cases.map(({ images }) => images),
      [[file(0)], [file(1)]],
    );
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
      // Its folder's name alone makes it no model's.
      'file: predictions/night',
      'file: work/second reader',
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

  it('compares the names of one folder after the other: others are served in between', async () => {
    const folders = ['masks', 'segmentations', 'labels'];
    const files = filesOf({
      '/d/images/p1.nii.gz': 'scan',
      ...Object.fromEntries(folders.map((folder) => [`/d/${folder}/p1.nii.gz`, ''])),
    });
    const context = await findCase('/d/images/p1.nii.gz', files);
    let served = 0;
    let next: NodeJS.Immediate | undefined;
    const serve = (): void => {
      next = setImmediate(() => {
        served++;
        serve();
      });
    };
    serve();
    const found = await masksAround(context, { workspaces: [] }, files);
    clearImmediate(next);
    assert.equal(found.length, folders.length);
    assert.ok(served >= folders.length, `${served} times`);
  });

  it('finds masks in folders beside the image’s, under the names that people give them', async () => {
    const files = filesOf({
      '/d/images/p1.nii.gz': 'scan',
      '/d/images/p10.nii.gz': 'scan',
      '/d/masks/p1_mask.nii.gz': '',
      '/d/masks/p10_mask.nii.gz': '',
      '/d/segmentations/p1.nii.gz': '',
    });
    const found = await findSegmentations(await findCase('/d/images/p1.nii.gz', files), { workspaces: [] }, files);
    assert.deepEqual(
      found.map(({ path }) => path),
      ['/d/masks/p1_mask.nii.gz', '/d/segmentations/p1.nii.gz'],
    );
  });

  it('offers no image of the same name, no other patient’s mask, and nothing whose contents are no labels', async () => {
    const files = filesOf({
      '/d/t1/p1.nii.gz': 'scan',
      '/d/t1/p2.nii.gz': 'scan',
      '/d/t1/p2_seg.nii.gz': '',
      '/d/t1/p1_mask.nii.gz': 'scan',
      '/d/t2/p1.nii.gz': 'scan',
      '/d/one/image.nii.gz': 'scan',
      '/d/one/mask.nii.gz': '',
      '/d/two/image.nii.gz': 'scan',
      '/d/two/mask.nii.gz': '',
    });
    const paths = async (image: string): Promise<string[]> =>
      (await findSegmentations(await findCase(image, files), { workspaces: ['/d'] }, files)).map(({ path }) => path);
    assert.deepEqual(await paths('/d/t1/p1.nii.gz'), []);
    assert.deepEqual(await paths('/d/one/image.nii.gz'), ['/d/one/mask.nii.gz']);
    assert.deepEqual(await paths('/d/two/mask.nii.gz'), []);
  });

  it('takes no label or prediction of the other part of the dataset, where a test and a training case share a name', async () => {
    const record = (part: string): string => JSON.stringify({ configuration: '2d', input: [`${raw}/${part}`] });
    const predicted = '/work/nnUNet_predictions/Dataset007_Brain';
    const files = filesOf({
      [`${raw}/dataset.json`]: datasetJson,
      ...Object.fromEntries(
        ['imagesTr/a_0000', 'imagesTr/a_0001', 'imagesTs/a_0000', 'imagesTs/a_0001', 'labelsTr/a', 'labelsTs/a'].map(
          (name) => [`${raw}/${name}.nii.gz`, ''],
        ),
      ),
      [`${model}/fold_0/validation/a.nii.gz`]: '',
      [`${predicted}/tests/a.nii.gz`]: '',
      [`${predicted}/tests/predicted_with.json`]: record('imagesTs'),
      [`${predicted}/training/a.nii.gz`]: '',
      [`${predicted}/training/predicted_with.json`]: record('imagesTr'),
      [`${predicted}/untold/a.nii.gz`]: '',
    });
    const paths = async (part: string): Promise<string[]> => {
      const context = await findCase(`${raw}/${part}/a_0000.nii.gz`, files);
      return (await findSegmentations(context, around, files)).map(({ path }) => path);
    };
    assert.deepEqual(await paths('imagesTs'), [`${raw}/labelsTs/a.nii.gz`, `${predicted}/tests/a.nii.gz`]);
    assert.deepEqual(await paths('imagesTr'), [
      `${raw}/labelsTr/a.nii.gz`,
      `${model}/fold_0/validation/a.nii.gz`,
      `${predicted}/training/a.nii.gz`,
    ]);
  });

  it('knows by the record of one mask what made it, of what part, and what its labels are called', async () => {
    const record = {
      configuration: '3d_fullres',
      input: ['/d/p1.nii.gz'],
      labels: [{ value: 1, name: 'Anterior', colour: [1, 2, 3] }],
      regionOnly: ['p1_hippo_seg.nii.gz'],
    };
    const files = filesOf({
      '/d/p1.nii.gz': 'scan',
      '/d/p1_hippo_seg.nii.gz': '',
      '/d/p1_hippo_seg.predicted_with.json': JSON.stringify(record),
      '/d/p1_seg.nii.gz': '',
      '/d/moved.nii.gz': '',
      '/d/moved.predicted_with.json': JSON.stringify({ ...record, configuration: '2d' }),
      '/d/p3_seg.nii.gz': '',
    });
    const found = await findSegmentations(await findCase('/d/p1.nii.gz', files), { workspaces: [] }, files);
    assert.deepEqual(
      found.map(({ source, name, isOfRegion, labels }) => [source, name, isOfRegion, labels?.map((one) => one.name)]),
      [
        ['prediction', '3d_fullres', true, ['Anterior']],
        ['file', 'p1_seg.nii.gz', undefined, undefined],
        ['prediction', '2d', undefined, ['Anterior']],
      ],
    );
  });

  it('names labels as the model does that made the mask, else as the dataset does', async () => {
    const other = JSON.stringify({ ...(JSON.parse(datasetJson) as object), labels: { background: 0, lesion: 1 } });
    const folder = '/work/nnUNet_predictions/Dataset007_Brain/other';
    const files = filesOf({
      [`${raw}/dataset.json`]: datasetJson,
      [`${raw}/imagesTs/t_0000.nii.gz`]: '',
      [`${raw}/imagesTs/t_0001.nii.gz`]: '',
      [`${raw}/labelsTs/t.nii.gz`]: '',
      [`${folder}/t.nii.gz`]: '',
      [`${folder}/dataset.json`]: other,
    });
    const found = await findSegmentations(await findCase(`${raw}/imagesTs/t_0000.nii.gz`, files), around, files);
    assert.deepEqual(
      found.map(({ labels }) => labels!.map(({ name }) => name)),
      [['edema', 'tumour'], ['lesion']],
    );
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
    assert.deepEqual(short(await findSegmentations(context, around, files)), ['prediction: This file, as labels']);
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

  it('takes the part of the dataset that the mask is of, and none where nothing says which', async () => {
    const tests = ['/t/a.nii.gz', `${raw}/labelsTs/a.nii.gz`];
    const files = dataset(
      `${raw}/imagesTs/a_0000.nii.gz`,
      `${raw}/labelsTs/a.nii.gz`,
      `${model}/fold_0/validation/a.nii.gz`,
      ...['/t/a.nii.gz', '/untold/a.nii.gz'],
    );
    const told: SearchedFiles = {
      ...files,
      readText: async (file) =>
        file === '/t/predicted_with.json' ? JSON.stringify({ input: [`${raw}/imagesTs`] }) : files.readText(file),
    };
    for (const path of tests)
      assert.equal(await imageOfSegmentation(path, around, told), `${raw}/imagesTs/a_0000.nii.gz`, path);
    for (const path of [`${model}/fold_0/validation/a.nii.gz`, `${raw}/labelsTr/a.nii.gz`])
      assert.equal(await imageOfSegmentation(path, around, told), `${raw}/imagesTr/a_0000.nii.gz`, path);
    assert.equal(await imageOfSegmentation('/untold/a.nii.gz', around, told), undefined);
  });

  it('finds the image of a loose mask beside it or in the folder of images, and where its record says', async () => {
    const files = filesOf({
      '/d/images/p1.nii.gz': '',
      '/d/images/p10.nii.gz': '',
      '/d/masks/p1_mask.nii.gz': '',
      '/e/p2.nii.gz': '',
      '/e/p2_seg.nii.gz': '',
      '/f/x.nii.gz': '',
      '/f/predicted_with.json': JSON.stringify({ input: ['/e'] }),
      '/f/p2.nii.gz': '',
      '/g/b.nii.gz': '',
      '/g/predicted_with.json': JSON.stringify({ input: ['/e/p2.nii.gz'] }),
      '/h/any.nii.gz': '',
      '/h/any.predicted_with.json': JSON.stringify({ input: ['/e/p2.nii.gz'] }),
    });
    const image = (path: string): Promise<string | undefined> => imageOfSegmentation(path, { workspaces: [] }, files);
    assert.equal(await image('/d/masks/p1_mask.nii.gz'), '/d/images/p1.nii.gz');
    assert.equal(await image('/e/p2_seg.nii.gz'), '/e/p2.nii.gz');
    assert.equal(await image('/f/p2.nii.gz'), '/e/p2.nii.gz');
    assert.equal(await image('/h/any.nii.gz'), '/e/p2.nii.gz');
    assert.equal(await image('/g/b.nii.gz'), undefined);
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
