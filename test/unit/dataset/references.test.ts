import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { compareCodePoints, datasetFolderName, parseDatasetName, safeName } from '../../../src/dataset/names';
import { listDatasets, lowestFreeId, resolveDataset } from '../../../src/dataset/references';
import { type Roots, resolveRoots, rootsBelow } from '../../../src/dataset/roots';
import { scratchFolder } from './scratch';

async function makeRoots(context: TestContext, folders: string[]): Promise<{ roots: Roots; folder: string }> {
  const folder = await scratchFolder(context);
  for (const path of folders) await mkdir(join(folder, path), { recursive: true });
  return { roots: rootsBelow(folder), folder };
}

describe('dataset names', () => {
  it('are taken apart and put together', () => {
    assert.deepEqual(parseDatasetName('Dataset004_Hippo_Campus'), { id: 4, name: 'Hippo_Campus' });
    assert.equal(datasetFolderName({ id: 4, name: 'X' }), 'Dataset004_X');
    for (const name of ['Dataset4_X', 'Dataset004', 'Task004_X', 'dataset004_X', 'Dataset004_X.importing-1-a']) {
      assert.equal(parseDatasetName(name), undefined, name);
    }
  });

  it('become safe: blanks and signs turn into _, letters of all scripts stay', () => {
    assert.equal(safeName(' My data (v2)/Größe '), 'My_data_v2_Größe');
    assert.equal(safeName('脳 腫瘍'), '脳_腫瘍');
    assert.equal(safeName('!?'), '');
  });

  it('are sorted as Python sorts, by code point', () => {
    assert.deepEqual(['b', '\u{1F600}', '\uFB01', 'B', 'a10', 'a2'].sort(compareCodePoints), [
      'B',
      'a10',
      'a2',
      'b',
      '\uFB01',
      '\u{1F600}',
    ]);
  });
});

describe('finding a dataset', () => {
  const folders = [
    'nnUNet_raw/Dataset004_Hippocampus',
    'nnUNet_results/Dataset004_Hippocampus',
    'nnUNet_preprocessed/Dataset007_Only',
    'nnUNet_raw/notes',
    'nnUNet_raw/Dataset009_X.importing-12-ab',
  ];

  it('lists the union of the three roots', async (context) => {
    const { roots } = await makeRoots(context, folders);
    const datasets = await listDatasets(roots);
    assert.deepEqual(
      datasets.map(({ folderName }) => folderName),
      ['Dataset004_Hippocampus', 'Dataset007_Only'],
    );
    assert.deepEqual(datasets[0]!.exists, { raw: true, preprocessed: false, results: true });
    assert.equal(lowestFreeId(datasets), 1);
    assert.equal(
      lowestFreeId([
        { id: 1, name: '' },
        { id: 2, name: '' },
      ]),
      3,
    );
  });

  it('takes a number, a name, a short name or a folder', async (context) => {
    const { roots, folder } = await makeRoots(context, folders);
    for (const reference of [
      4,
      '4',
      '004',
      'Dataset004_Hippocampus',
      'hippocampus',
      join(folder, folders[0]!),
      join(folder, folders[1]!),
    ]) {
      const dataset = await resolveDataset(reference, roots);
      assert.equal(dataset.raw, join(roots.raw, 'Dataset004_Hippocampus'), String(reference));
    }
    assert.equal((await resolveDataset(7, roots)).exists.raw, false);
  });

  it('says what there is when there is no such dataset', async (context) => {
    const { roots } = await makeRoots(context, folders);
    for (const reference of ['5', 'Dataset005_Y', 'nonsense', './not/here']) {
      await assert.rejects(resolveDataset(reference, roots), (error: { code: string; hint: string }) => {
        assert.equal(error.code, 'dataset-unknown');
        assert.match(error.hint, /Dataset004_Hippocampus, Dataset007_Only/);
        return true;
      });
    }
    await assert.rejects(resolveDataset(1, resolveRoots({ root: join(roots.raw, 'nowhere') })), /does not exist/);
  });

  it('refuses a number that two datasets share', async (context) => {
    const { roots } = await makeRoots(context, ['nnUNet_raw/Dataset001_A', 'nnUNet_results/Dataset001_B']);
    await assert.rejects(resolveDataset(1, roots), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'dataset-ambiguous');
      assert.match(error.message, /Dataset001_A, Dataset001_B/);
      return true;
    });
  });

  it('takes a folder elsewhere together with the roots beside it', async (context) => {
    const { folder } = await makeRoots(context, ['other/nnUNet_raw/Dataset003_Far', 'misnamed']);
    const workspace = resolveRoots({ environment: {}, workspace: folder });
    const dataset = await resolveDataset(join(folder, 'other/nnUNet_raw/Dataset003_Far'), workspace);
    assert.equal(dataset.results, join(folder, 'other/nnUNet_results/Dataset003_Far'));
    const named = await resolveDataset(dataset.raw, rootsBelow(join(folder, 'mine')));
    assert.equal(named.raw, dataset.raw);
    assert.equal(named.results, join(folder, 'mine/nnUNet_results/Dataset003_Far'));
    await assert.rejects(resolveDataset(join(folder, 'misnamed'), workspace), { code: 'dataset-name' });
  });
});
