import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { finishInterruptedFix, fixDataset } from '../../../src/dataset/fixDataset';
import { readScan, readScanHeader } from '../../../src/dataset/scans';
import { asPatients, editJson, goodDataset } from './brokenDatasets';
import { filesBelow, oblique, scratchFolder, writeSmall, writeText } from './scratch';

describe('fixing a dataset', () => {
  async function fix(folder: string) {
    const before = await checkDataset(folder);
    const result = await fixDataset(folder, before.findings);
    return { before, result, after: await checkDataset(folder) };
  }

  it('sets numTraining and keeps the rest of the text and the original file', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => (json.numTraining = 260));
    const text = await readFile(join(folder, 'dataset.json'), 'utf8');
    const { result, after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    assert.equal(await readFile(join(folder, 'dataset.json'), 'utf8'), text.replace('260', '3'));
    assert.equal(await readFile(result.fixed[0]!.original, 'utf8'), text);
    assert.match(result.backupFolder!, /\.originals-\d{4}-\d\d-\d\dT[\d-]+$/);
  });

  it('adds a missing background', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => (json.labels = { liver: 1, tumour: 2 }));
    assert.deepEqual((await fix(folder)).after.findings, []);
  });

  it('renames labels and images with wrong names', async (context) => {
    const folder = await goodDataset(context);
    await rename(join(folder, 'labelsTr/a.nii.gz'), join(folder, 'labelsTr/a_0000.nii.gz'));
    await rename(join(folder, 'imagesTr/b_0000.nii.gz'), join(folder, 'imagesTr/b.nii.gz'));
    const { result, after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    assert.deepEqual(result.failed, []);
    assert.equal(await readFile(join(folder, 'dataset.json'), 'utf8').then((text) => JSON.parse(text).numTraining), 3);
  });

  it('gives images with patient numbers a channel number, and leaves numTraining alone', async (context) => {
    const folder = await goodDataset(context);
    await asPatients(folder);
    const { before, result, after } = await fix(folder);
    assert.equal(before.cases, 3);
    assert.deepEqual(after, { cases: 3, findings: [] });
    assert.match(result.fixed[0]!.done, /P_0001\.nii\.gz is called P_0001_0000\.nii\.gz now/);
    const { state, renamed } = JSON.parse(await readFile(join(result.backupFolder!, 'renamed.json'), 'utf8'));
    assert.deepEqual([state, renamed.length], ['done', 3]);
    assert.deepEqual(renamed[0], {
      from: join('imagesTr', 'P_0001.nii.gz'),
      to: join('imagesTr', 'P_0001_0000.nii.gz'),
    });
  });

  it('renames nothing where one of the names is taken', async (context) => {
    const folder = await goodDataset(context);
    await asPatients(folder);
    const { findings } = await checkDataset(folder);
    await writeText(join(folder, 'imagesTr/P_0003_0000.nii.gz'), 'of somebody else');
    const before = await filesBelow(folder);
    const result = await fixDataset(folder, findings);
    assert.equal(result.failed.length, 3);
    assert.match(result.failed[0]!.why, /file of this name already.*P_0003_0000.*Nothing was renamed/);
    assert.deepEqual(await filesBelow(folder), before);
    assert.equal(await readFile(join(folder, 'imagesTr/P_0003_0000.nii.gz'), 'utf8'), 'of somebody else');
  });

  it('completes renamings that were interrupted', async (context) => {
    const folder = await goodDataset(context);
    await asPatients(folder);
    const renamed = [1, 2, 3].map((n) => ({ from: `imagesTr/P_000${n}.nii.gz`, to: `imagesTr/P_000${n}_0000.nii.gz` }));
    await rename(join(folder, renamed[0]!.from), join(folder, renamed[0]!.to));
    await mkdir(join(folder, '.originals-2026'));
    await writeText(join(folder, '.originals-2026/renamed.json'), { state: 'started', renamed });
    assert.deepEqual(await finishInterruptedFix(folder), renamed.slice(1));
    assert.deepEqual((await checkDataset(folder)).findings, []);
    assert.deepEqual(await finishInterruptedFix(folder), []);
  });

  it('renames endings in capital letters', async (context) => {
    const folder = await goodDataset(context);
    await rename(join(folder, 'imagesTr/a_0000.nii.gz'), join(folder, 'imagesTr/a_0000.NII.GZ'));
    const { before, after } = await fix(folder);
    assert.equal(before.findings.find(({ code }) => code === 'num-training')!.fix, undefined);
    assert.deepEqual(after.findings, []);
  });

  it('adds a missing numTraining, and writes "Background" small', async (context) => {
    const folder = await goodDataset(context);
    await editJson(folder, (json) => {
      json.labels = { liver: 1, Background: 0, tumour: 2 };
      delete json.numTraining;
    });
    const { after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    const { labels, numTraining } = JSON.parse(await readFile(join(folder, 'dataset.json'), 'utf8'));
    assert.deepEqual([Object.keys(labels), numTraining], [['liver', 'background', 'tumour'], 3]);
  });

  it('never writes a numTraining that comes from missing or misnamed files', async (context) => {
    const folder = await goodDataset(context);
    await rm(join(folder, 'imagesTr/b_0000.nii.gz'));
    const { before, result } = await fix(folder);
    assert.equal(before.findings[0]!.code, 'num-training');
    assert.deepEqual(result, { fixed: [], failed: [] });
  });

  it('rounds labels that are whole numbers but for rounding errors', async (context) => {
    const folder = await goodDataset(context);
    const file = join(folder, 'labelsTr/b.nii.gz');
    await writeSmall(file, (i) => (i % 3) + 1e-4, { type: 'float32' });
    const original = await readFile(file);
    const { result, after } = await fix(folder);
    assert.deepEqual(after.findings, []);
    assert.deepEqual([...(await readScan(file)).data].slice(0, 4), [0, 1, 2, 0]);
    assert.equal((await readScanHeader(file)).storedType, 'uint8');
    assert.deepEqual(await readFile(result.fixed[0]!.original), original);
    const files = await filesBelow(folder);
    assert.equal(files.filter((path) => path.startsWith('.originals')).length, 1);
    assert.equal(files.filter((path) => path.startsWith('labelsTr')).length, 3);
  });

  it('rounds labels of TIFF stacks, which have a side file with their spacing', async (context) => {
    const folder = join(await scratchFolder(context), 'Dataset001_Stacks');
    const geometry = { ...oblique, spacing: [1, 2, 3], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    for (const id of ['s_0001', 's_0002']) {
      await writeSmall(join(folder, `imagesTr/${id}_0000.tif`), (i) => (id === 's_0001' ? i : 2 * i), { geometry });
      const value = (i: number): number => (i % 2) + (id === 's_0001' ? 1e-4 : 0);
      await writeSmall(join(folder, `labelsTr/${id}.tif`), value, { type: 'float32', geometry });
      await writeText(join(folder, `labelsTr/${id}.json`), { spacing: [3, 2, 1] });
    }
    await rm(join(folder, 'labelsTr/s.json'));
    const labels = { background: 0, a: 1 };
    const datasetJson = { channel_names: { 0: 'CT' }, labels, numTraining: 2, file_ending: '.tif' };
    await writeText(join(folder, 'dataset.json'), datasetJson);
    const { result, after } = await fix(folder);
    assert.deepEqual(result.failed, []);
    assert.deepEqual(after.findings, []);
    assert.deepEqual((await readScan(join(folder, 'labelsTr/s_0001.tif'))).header.spacing, [3, 2, 1]);
    assert.deepEqual(
      (await filesBelow(folder)).filter((path) => path.startsWith('labelsTr')),
      ['labelsTr/s_0001.json', 'labelsTr/s_0001.tif', 'labelsTr/s_0002.json', 'labelsTr/s_0002.tif'],
    );
  });

  it('gives a label the grid of its image where they differ by rounding', async (context) => {
    const folder = await goodDataset(context);
    const shifted = { ...oblique, origin: oblique.origin.map((mm) => mm + 0.02) };
    await writeSmall(join(folder, 'labelsTr/b.nii.gz'), (i) => i % 3, { geometry: shifted });
    const { before, after } = await fix(folder);
    assert.deepEqual(
      before.findings.map(({ code }) => code),
      ['geometry-mismatch'],
    );
    assert.deepEqual(after.findings, []);
  });

  it('leaves alone what a person must decide', async (context) => {
    const folder = await goodDataset(context);
    await writeSmall(join(folder, 'labelsTr/b.nii.gz'), (i) => i % 5, { geometry: { ...oblique, origin: [0, 0, 0] } });
    const before = await filesBelow(folder);
    const { result } = await fix(folder);
    assert.deepEqual(result, { fixed: [], failed: [] });
    assert.deepEqual(await filesBelow(folder), before);
  });
});
