import assert from 'node:assert/strict';
import { mkdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  listForeignCases,
  listPlansNames,
  listPreprocessedCases,
  listWholeCases,
  preprocessedCaseFiles,
  preprocessedPaths,
} from '../../../src/dataset/preprocessed';
import { npyArray, writeNpy } from '../../../src/dataset/npy';
import { expandVariables, groupImageFiles, readRawDataset } from '../../../src/dataset/rawDataset';
import {
  listCheckpoints,
  listModels,
  modelFolderName,
  parseFoldFolderName,
  parseModelFolderName,
} from '../../../src/dataset/results';
import { scratchFolder, writeGoodDataset, writeText } from './scratch';

const json = {
  channel_names: { 0: 'CT', 1: 'PET' },
  labels: { background: 0, x: 1 },
  numTraining: 2,
  file_ending: '.nii.gz',
};

describe('a raw dataset', () => {
  it('has the cases and channel files that nnU-Net finds, in its order', async (context) => {
    const folder = await scratchFolder(context);
    const names = ['b_0001', 'b_0000', 'a_1_0000', 'a_1_0001', 'B_0000', 'B_0001', 'stray', '.hidden_0000'];
    for (const name of names) await writeText(join(folder, 'imagesTr', `${name}.nii.gz`), '');
    await writeText(join(folder, 'imagesTr', 'c_0000.nii'), '');
    await writeText(join(folder, 'dataset.json'), json);
    const { cases } = await readRawDataset(folder);
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['B', 'a_1', 'b'],
    );
    assert.deepEqual(
      cases[2]!.images,
      ['b_0000.nii.gz', 'b_0001.nii.gz'].map((name) => join(folder, 'imagesTr', name)),
    );
    assert.equal(cases[2]!.label, join(folder, 'labelsTr', 'b.nii.gz'));
  });

  it('takes file lists from dataset.json, relative or with variables', async (context) => {
    const folder = await scratchFolder(context);
    process.env.NNUNET_TEST_DATA = '/far away';
    const dataset = {
      '2': { images: ['../x/2 ct.nii.gz', '${NNUNET_TEST_DATA}/2.nii.gz'], label: '$NNUNET_TEST_DATA/2 seg.nii.gz' },
      '10': { images: ['a', 'b'], label: 'c' },
    };
    await writeText(join(folder, 'dataset.json'), { ...json, dataset });
    const { cases } = await readRawDataset(folder);
    assert.deepEqual(
      cases.map(({ id }) => id),
      ['10', '2'],
    );
    assert.deepEqual(cases[1]!.images, [join(folder, '../x/2 ct.nii.gz'), '/far away/2.nii.gz']);
    assert.equal(cases[1]!.label, '/far away/2 seg.nii.gz');
    assert.equal(expandVariables('$NNUNET_NO_SUCH_NAME/x', {}), '$NNUNET_NO_SUCH_NAME/x');
  });

  it('is refused with words where dataset.json or the images are missing', async (context) => {
    const folder = await scratchFolder(context);
    await assert.rejects(readRawDataset(folder), { code: 'dataset-json-missing' });
    await writeText(join(folder, 'dataset.json'), json);
    await assert.rejects(readRawDataset(folder), { code: 'no-training-cases' });
    assert.equal((await groupImageFiles(join(folder, 'nowhere'), '.nii.gz')).size, 0);
  });

  it('is read from real files', async (context) => {
    const folder = await scratchFolder(context);
    await writeGoodDataset(folder);
    assert.equal((await readRawDataset(folder)).cases.length, 3);
  });
});

describe('a preprocessed dataset', () => {
  it('lists complete cases only, its plans, and what nnU-Net left there', async (context) => {
    const folder = await scratchFolder(context);
    const data = preprocessedPaths(folder).data('nnUNetPlans_2d');
    for (const id of ['b', 'a'])
      for (const file of Object.values(preprocessedCaseFiles(data, id))) await writeText(file, '');
    await writeText(preprocessedCaseFiles(data, 'half').properties, '');
    assert.deepEqual(await listPreprocessedCases(data), ['a', 'b']);
    assert.equal(await listForeignCases(data), undefined);
    for (const name of ['c.b2nd', 'c_seg.b2nd', 'c.pkl']) await writeText(join(data, name), '');
    assert.deepEqual(await listForeignCases(data), { ending: '.b2nd', cases: ['c'] });
    for (const name of ['dataset', 'dataset_fingerprint', 'splits_final', 'nnUNetPlans', 'mine'])
      await writeText(join(folder, `${name}.json`), '');
    assert.deepEqual(await listPlansNames(folder), ['mine', 'nnUNetPlans']);
    assert.deepEqual(await listPreprocessedCases(join(folder, 'nowhere')), []);
  });

  it('tells cases whose arrays were cut off from whole ones', async (context) => {
    const data = await scratchFolder(context);
    const array = npyArray(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]);
    for (const id of ['whole', 'short', 'empty', 'half']) {
      const files = preprocessedCaseFiles(data, id);
      await writeText(files.properties, '{}');
      for (const file of [files.data, files.segmentation, files.locations]) await writeNpy(file, array);
    }
    await truncate(preprocessedCaseFiles(data, 'short').segmentation, 140);
    await truncate(preprocessedCaseFiles(data, 'empty').data, 0);
    await rm(preprocessedCaseFiles(data, 'half').locations);
    assert.deepEqual(await listWholeCases(data), ['whole']);
  });
});

describe('a results folder', () => {
  it('names models and folds as nnU-Net does', () => {
    const name = { trainer: 'nnUNetTrainer', plans: 'nnUNetPlans', configuration: '3d_fullres' };
    assert.equal(modelFolderName(name), 'nnUNetTrainer__nnUNetPlans__3d_fullres');
    assert.deepEqual(parseModelFolderName('nnUNetTrainer__nnUNetPlans__3d_fullres'), name);
    assert.equal(parseModelFolderName('ensembles'), undefined);
    assert.deepEqual(['fold_0', 'fold_12', 'fold_all', 'fold_x', 'folds'].map(parseFoldFolderName), [
      0,
      12,
      'all',
      undefined,
      undefined,
    ]);
  });

  it('lists models, folds and checkpoints', async (context) => {
    const folder = await scratchFolder(context);
    const model = join(folder, 'nnUNetTrainer__nnUNetPlans__2d');
    for (const fold of ['fold_all', 'fold_10', 'fold_2']) await mkdir(join(model, fold), { recursive: true });
    await mkdir(join(folder, 'ensembles'));
    for (const name of ['latest.safetensors', 'best.pth', 'final.pth'])
      await writeText(join(model, 'fold_2', `checkpoint_${name}`), '');
    const [only, ...others] = await listModels(folder);
    assert.equal(others.length, 0);
    assert.deepEqual(
      only!.folds.map(({ fold }) => fold),
      [2, 10, 'all'],
    );
    const checkpoints = await listCheckpoints(join(model, 'fold_2'));
    assert.deepEqual(
      checkpoints.map((file) => file.slice(model.length + 8)),
      ['checkpoint_final.pth', 'checkpoint_best.pth', 'checkpoint_latest.safetensors'],
    );
    assert.deepEqual(await listModels(join(folder, 'nowhere')), []);
  });
});
