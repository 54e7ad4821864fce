import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkDataset } from '../../../src/dataset/checkDataset';
import { isSampleDataset } from '../../../src/dataset/sample/mark';
import { makeScan } from '../../../src/dataset/sample/scan';
import { writeSampleDataset } from '../../../src/dataset/sample';
import { readScan, readScanHeader } from '../../../src/dataset/scans';
import { filesBelow, scratchFolder } from './scratch';

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await filesBelow(folder)) hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest('hex');
}

describe('the sample dataset', () => {
  for (const modality of ['ct', 'mr'] as const) {
    it(`is a correct ${modality} dataset with scans to predict`, async (context) => {
      const folder = join(await scratchFolder(context), 'probe');
      const result = await writeSampleDataset(folder, { cases: 3, testCases: 1, modality });
      assert.equal(result.folder, folder);
      assert.deepEqual(await checkDataset(folder), { cases: 3, findings: [] });
      assert.deepEqual(
        (await filesBelow(folder)).filter((file) => file.includes('Ts/')),
        ['imagesTs/sample_004_0000.nii.gz', 'labelsTs/sample_004.nii.gz'],
      );
      const image = await readScan(join(folder, 'imagesTr/sample_001_0000.nii.gz'));
      assert.equal(image.header.storedType, modality === 'ct' ? 'int16' : 'float32');
      const lowest = (image.data as Int16Array).reduce((a, b) => Math.min(a, b), Infinity);
      if (modality === 'ct') assert.ok(lowest <= -1000 && lowest >= -1024, String(lowest));
      else assert.ok(lowest >= 0);
    });
  }

  it('fills the empty folder that a terminal stands in: it stays the same folder', async (context) => {
    const folder = join(await scratchFolder(context), 'here');
    await mkdir(folder);
    const before = await stat(folder);
    await writeSampleDataset(folder, { cases: 1, testCases: 1 });
    assert.equal((await stat(folder)).ino, before.ino);
    assert.deepEqual(await checkDataset(folder), { cases: 1, findings: [] });
  });

  it('is the same for the same seed and another for another', async (context) => {
    const folder = await scratchFolder(context);
    const hashes: string[] = [];
    for (const [i, seed] of [7, 7, 8].entries()) {
      await writeSampleDataset(join(folder, String(i)), { cases: 1, testCases: 1, seed });
      hashes.push(await hashOf(join(folder, String(i), 'imagesTr')));
    }
    assert.equal(hashes[0], hashes[1]);
    assert.notEqual(hashes[0], hashes[2]);
  });

  it('keeps its first cases when more are asked for', () => {
    assert.deepEqual(makeScan(3, 0, 'ct', false).image, makeScan(3, 0, 'ct', false).image);
    assert.notDeepEqual(makeScan(3, 0, 'ct', false).origin, makeScan(3, 1, 'ct', false).origin);
  });

  it('has both organs in every scan, in the same places of the body, but of varied shape', () => {
    for (const anisotropic of [false, true]) {
      for (let index = 0; index < 8; index++) {
        const { labels, shape } = makeScan(1, index, 'mr', anisotropic);
        const count = [0, 0, 0];
        const centre = [0, 0, 0];
        labels.forEach((label, i) => {
          count[label]!++;
          centre[label]! += (i % shape[2]) / shape[2];
        });
        assert.ok(
          count[1]! > 0.01 * labels.length && count[2]! > 0.004 * labels.length,
          `case ${index}: ${count.join()}`,
        );
        assert.ok(centre[1]! / count[1]! < 0.5 && centre[2]! / count[2]! > 0.5);
      }
    }
  });

  it('has thick slices if asked for', async (context) => {
    const folder = join(await scratchFolder(context), 'thick');
    await writeSampleDataset(folder, { cases: 1, testCases: 0, anisotropic: true });
    const { spacing } = await readScanHeader(join(folder, 'imagesTr/sample_001_0000.nii.gz'));
    assert.ok(spacing[0] / spacing[2] > 3, spacing.join());
  });

  it('gets the next free number inside a raw root', async (context) => {
    const root = await scratchFolder(context);
    await mkdir(join(root, 'nnUNet_results/Dataset001_Mine'), { recursive: true });
    const { folder } = await writeSampleDataset(join(root, 'nnUNet_raw'), { cases: 1, testCases: 0 });
    assert.equal(folder, join(root, 'nnUNet_raw/Dataset002_SampleCT'));
  });

  it('is known as a sample by what it says of itself, not by its name', async (context) => {
    const folder = join(await scratchFolder(context), 'Dataset007_Liver');
    const { datasetJson } = await writeSampleDataset(folder, { cases: 1, testCases: 0, modality: 'mr' });
    assert.ok(isSampleDataset(datasetJson));
    assert.ok(!isSampleDataset({ ...datasetJson, description: 'Livers' }));
    const { name, description, ...own } = datasetJson;
    assert.ok(name !== undefined && description !== undefined && !isSampleDataset(own));
  });

  it('overwrites nothing and leaves nothing half-written', async (context) => {
    const folder = await scratchFolder(context);
    await writeSampleDataset(join(folder, 'one'), { cases: 1, testCases: 0 });
    await assert.rejects(writeSampleDataset(join(folder, 'one'), { cases: 1 }), { code: 'folder-exists' });
    const controller = new AbortController();
    const cancelled = writeSampleDataset(join(folder, 'two'), {
      cases: 3,
      signal: controller.signal,
      progress: () => controller.abort(),
    });
    await assert.rejects(cancelled, { name: 'AbortError' });
    assert.deepEqual(await readdir(folder), ['one']);
  });
});
