import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { checkDataset } from '../../src/dataset/checkDataset';
import type { Finding } from '../../src/dataset/findings';
import type { ImportResult } from '../../src/dataset/importers/plan';
import { importDataset } from '../../src/dataset/importers/importDataset';
import { describeUnused } from '../../src/dataset/importers/unused';
import { readScan, writeScan } from '../../src/dataset/scans';
import { describeShared, sharedPath } from '../shared';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'nnunet import é '));
});
after(() => rm(root, { recursive: true, force: true }));

const imported = (source: string, options: { id?: number; name?: string } = {}): Promise<ImportResult> =>
  importDataset(source, { rawRoot: join(root, 'nnUNet_raw'), ...options });
const codes = (findings: readonly Finding[]) => findings.map(({ code, case: id }) => `${code} ${id ?? ''}`.trim());

async function valuesAndCount(file: string): Promise<[number[], number]> {
  const { data } = await readScan(file);
  return [[...new Set(data as Iterable<number>)].sort((a, b) => a - b), data.length];
}

describeShared('importing the hippocampus of the Decathlon', () => {
  let result: ImportResult;
  before(async () => {
    result = await imported(sharedPath('data/hippocampus'));
  });

  it('gives Dataset004_Hippocampus with 156 cases whose files are the originals', async () => {
    assert.equal(result.folder, join(root, 'nnUNet_raw', 'Dataset004_Hippocampus'));
    assert.equal(result.cases.length, 156);
    assert.deepEqual(result.refused, []);
    assert.deepEqual(result.datasetJson.labels, { background: 0, Anterior: 1, Posterior: 2 });
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'MRI' });
    assert.equal(result.datasetJson.numTraining, 156);
    const original = await readFile(sharedPath('data/hippocampus/imagesTr/hippocampus_003.nii.gz'));
    assert.deepEqual(await readFile(join(result.folder, 'imagesTr/hippocampus_003_0000.nii.gz')), original);
    assert.equal((await readdir(join(result.folder, 'labelsTr'))).length, 156);
  });

  it('has nothing that the check would find', async () => {
    assert.deepEqual(await checkDataset(result.folder), { cases: 156, findings: [] });
  });

  it('is checked case by case: planted mistakes are found where they are, and nowhere else', async () => {
    const folder = join(root, 'planted', 'Dataset004_Hippocampus');
    await cp(result.folder, folder, { recursive: true });
    const image = (id: string) => join(folder, 'imagesTr', `hippocampus_${id}_0000.nii.gz`);
    const label = (id: string) => join(folder, 'labelsTr', `hippocampus_${id}.nii.gz`);
    await rm(label('003'));
    await cp(label('006'), label('007'));
    await cp(image('014'), image('015'));
    await cp(label('014'), label('015'));
    const scan = await readScan(label('017'));
    await writeScan(
      label('017'),
      Uint8Array.from(scan.data, (value) => value * 2),
      scan.header.shape,
      scan.geometry(),
    );
    await writeFile(image('019'), (await readFile(image('019'))).subarray(0, 2000));
    const { findings } = await checkDataset(folder);
    assert.deepEqual(codes(findings).sort(), [
      'duplicate-images hippocampus_015',
      'label-missing hippocampus_003',
      'label-undeclared hippocampus_017',
      'shape-mismatch hippocampus_007',
      'unreadable hippocampus_019',
    ]);
  });
});

describeShared('importing loose volumes', () => {
  it('takes two BraTS patients with FLAIR and T1c', async () => {
    const source = join(root, 'two patients');
    for (const name of ['mr_brats2015_pat0004', 'mr_brats2015_pat0005']) {
      await cp(sharedPath('data/volumes', name), join(source, name), { recursive: true });
    }
    const result = await imported(source);
    assert.deepEqual(result.cases, ['mr_brats2015_pat0004', 'mr_brats2015_pat0005']);
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'FLAIR', 1: 'T1c' });
    assert.deepEqual(Object.values(result.datasetJson.labels), [0, 1, 2, 3, 4]);
    assert.equal(
      (await readScan(join(result.folder, 'labelsTr/mr_brats2015_pat0004.nii.gz'))).header.storedType,
      'uint8',
    );
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });

  it('recognises the CT of the spleen and names its class', async () => {
    const result = await imported(sharedPath('data/volumes/ct_spleen_anisotropic'));
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'CT' });
    assert.deepEqual(result.datasetJson.labels, { background: 0, spleen: 1 });
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });

  it('recognises CT by Hounsfield units alone', async () => {
    const source = join(root, 'unnamed');
    await cp(sharedPath('data/volumes/ct_spleen_anisotropic/sub-spleen2_ct.nii.gz'), join(source, 'one.nii.gz'));
    await cp(
      sharedPath('data/volumes/ct_spleen_anisotropic/sub-spleen2_ct_seg-manual.nii.gz'),
      join(source, 'one_seg.nii.gz'),
    );
    assert.deepEqual((await imported(source)).datasetJson.channel_names, { 0: 'CT' });
  });

  it('takes three contrasts of a spine with two masks', async () => {
    const result = await imported(sharedPath('data/volumes/mr_spine_3contrast'));
    assert.deepEqual(result.cases, ['sub-unf01']);
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'T1w', 1: 'T2star', 2: 'T2w' });
    assert.deepEqual(result.datasetJson.labels, { background: 0, label_1: 1, lesion: 2 });
    const [values] = await valuesAndCount(join(result.folder, 'labelsTr/sub-unf01.nii.gz'));
    assert.deepEqual(values, [0, 1, 2]);
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });

  for (const [name, cases, labels] of [
    ['ct_pulmonary_1p5mm', 1, 2],
    ['ct_torso_3mm', 1, 62],
    ['mr_flair_lesion', 1, 4],
    ['mr_spine_mt_3channel', 1, 2],
    ['mr_spine_t2_psr', 1, 2],
    ['mr_anatomical_tiny', 1, 2],
    ['nrrd_brain1', 1, 2],
    ['nrrd_breast1', 1, 2],
    ['tif3d_nuclei', 1, 52],
  ] as const) {
    it(`takes ${name} with a clean check`, async () => {
      const result = await imported(sharedPath('data/volumes', name));
      assert.equal(result.cases.length, cases);
      assert.equal(Object.keys(result.datasetJson.labels).length, labels);
      assert.deepEqual((await checkDataset(result.folder)).findings, []);
    });
  }

  it('refuses a label map without image and says what it found', async () => {
    await assert.rejects(
      imported(sharedPath('data/volumes/labelmap_only_brain_01')),
      /1 \.nii\.gz \(training_seg_01\.nii\.gz\)/,
    );
  });
});

describeShared('importing pictures', () => {
  it('takes DRIVE: TIFF with GIF labels, the manual ones', async () => {
    const source = sharedPath('data/natural2d/drive_retina_rgb');
    const result = await imported(source);
    assert.equal(result.cases.length, 10);
    assert.equal(result.datasetJson.file_ending, '.tif');
    assert.deepEqual(Object.values(result.datasetJson.channel_names), ['rgb_to_0_1', 'rgb_to_0_1', 'rgb_to_0_1']);
    const [values, pixels] = await valuesAndCount(join(result.folder, 'labelsTr/21_training.tif'));
    assert.deepEqual([values, pixels], [[0, 1], 565 * 584]);
    const gif = await readScan(join(source, '1st_manual/21_manual1.gif'));
    const tif = await readScan(join(result.folder, 'labelsTr/21_training.tif'));
    assert.deepEqual(
      [...tif.data],
      Array.from(gif.data, (value) => value / 255),
    );
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });

  it('takes CHASE: JPEG as PNG, the first observer, and says so', async () => {
    const result = await imported(sharedPath('data/natural2d/chase_db1_rgb'));
    assert.equal(result.cases.length, 6);
    assert.equal(result.datasetJson.file_ending, '.png');
    assert.match(describeUnused(result.unused).join('\n'), /2ndHO.*first observer/);
    assert.deepEqual((await valuesAndCount(join(result.folder, 'labelsTr/Image_01L.png')))[0], [0, 1]);
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });

  it('takes ISBI: 18 slices, 255 becomes 1', async () => {
    const result = await imported(sharedPath('data/natural2d/isbi2012_em_membrane'));
    assert.equal(result.cases.length, 18);
    assert.deepEqual((await valuesAndCount(join(result.folder, 'labelsTr/10.png')))[0], [0, 1]);
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });

  it('takes electron microscopy with two masks a picture, some with grey edges', async () => {
    const result = await imported(sharedPath('data/natural2d/sem_axon_myelin'));
    assert.deepEqual(result.datasetJson.labels, { background: 0, axon: 1, myelin: 2 });
    assert.match(result.report.join('\n'), /from 128 up/);
    for (const id of result.cases)
      assert.deepEqual((await valuesAndCount(join(result.folder, 'labelsTr', `${id}.png`)))[0], [0, 1, 2]);
    assert.deepEqual((await checkDataset(result.folder)).findings, []);
  });
});
