import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { writeScan } from '../../../src/dataset/scans';
import type { DatasetReference } from '../../../src/dataset/references';
import type { Geometry, Shape3 } from '../../../src/geometry/types';
import { readSplitsFor, replaceSplits, usualSplits } from '../../../src/pipeline/replaceSplits';
import { datasetCardBody } from '../../../src/report/cards/datasetCardBody';
import { IntensitySample } from '../../../src/report/cards/intensitySample';
import { makeDatasetCard } from '../../../src/report/cards/measureDatasetCard';
import { measureVolumes } from '../../../src/report/cards/measureVolumes';
import { volumesTable } from '../../../src/report/cards/volumesTable';
import { scratchFolder, writeText } from '../dataset/scratch';

const shape: Shape3 = [4, 5, 6];
const grid: Geometry = { spacing: [1, 2, 5], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const voxels = 4 * 5 * 6;
const datasetJson = {
  channel_names: { 0: 'C<T' },
  labels: { background: 0, liver: 1, tumour: 2 },
  numTraining: 3,
  file_ending: '.nii.gz',
};
const ids = ['a', 'b', 'c'];
const quiet = { progress: () => undefined, warn: () => undefined };

/** Case number n has 10 + n voxels of liver; only the first one has a tumour, of 4 voxels. A voxel is 0.01 ml. */
const label = (at: number): Uint8Array =>
  Uint8Array.from({ length: voxels }, (_, voxel) => (voxel < 10 + at ? 1 : at === 0 && voxel < 14 ? 2 : 0));

async function someDataset(test: TestContext): Promise<DatasetReference> {
  const root = await scratchFolder(test);
  const folderName = 'Dataset001_Boxes';
  const [raw, preprocessed, results] = ['nnUNet_raw', 'nnUNet_preprocessed', 'nnUNet_results'].map((name) =>
    join(root, name, folderName),
  ) as [string, string, string];
  for (const folder of ['imagesTr', 'labelsTr']) await mkdir(join(raw, folder), { recursive: true });
  await writeText(join(raw, 'dataset.json'), datasetJson);
  for (const [at, id] of ids.entries()) {
    await writeScan(join(raw, 'labelsTr', `${id}.nii.gz`), label(at), shape, grid);
    const image = label(at).map((value) => value * 100);
    await writeScan(join(raw, 'imagesTr', `${id}_0000.nii.gz`), image, shape, grid);
  }
  const exists = { raw: true, preprocessed: false, results: false };
  return { id: 1, name: 'Boxes', folderName, raw, preprocessed, results, exists };
}

describe('the card of a dataset', () => {
  it('has the volumes of the labels, sizes and spacings of each case, and pictures of some', async (test) => {
    const dataset = await someDataset(test);
    const { card, file } = await makeDatasetCard(dataset, { ...quiet, pictures: 2 });
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), card);
    assert.deepEqual(
      card.cases.map(({ volumes }) => Object.values(volumes).map((ml) => Math.round(ml * 1000) / 1000)),
      [
        [0.1, 0.04],
        [0.11, 0],
        [0.12, 0],
      ],
    );
    assert.deepEqual([card.cases[0]!.shape, card.cases[0]!.spacing], [shape, [5, 2, 1]]);
    assert.equal(card.cases.filter(({ picture }) => picture).length, 2);
    const [channel] = card.channels;
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    assert.ok(sum(channel!.all) > sum(channel!.labelled) && sum(channel!.labelled) > 0);
    await makeDatasetCard(dataset, { ...quiet, pictures: 0 });
    await writeFile(file, '{}');
    await assert.rejects(makeDatasetCard(dataset, { ...quiet, pictures: 0 }), { code: 'output-exists' });
  });

  it('tells of a case that can not be read, and of the others all the same', async (test) => {
    const dataset = await someDataset(test);
    await writeFile(join(dataset.raw, 'imagesTr', 'b_0000.nii.gz'), 'no image');
    const { card } = await makeDatasetCard(dataset, { ...quiet, pictures: 0 });
    assert.deepEqual([card.cases.map(({ id }) => id), card.unread.map(({ id }) => id)], [['a', 'c'], ['b']]);
    assert.match(datasetCardBody(card, undefined), /b was left out/);
  });

  it('is a page with the folds as they are, in which nothing of a name is HTML', async (test) => {
    const dataset = await someDataset(test);
    const { card } = await makeDatasetCard(dataset, { ...quiet, pictures: 1 });
    const splits = [{ train: ['a', 'b'], val: ['c'] }];
    const body = datasetCardBody(card, splits);
    assert.doesNotMatch(body, /C<T|<script|style=/);
    assert.match(body, /Fold 0 leaves out 1 case<\/summary><p>c</);
    assert.match(body, /1 of 3/, 'cases with a tumour');
    assert.match(datasetCardBody(card, undefined), /no splits_final\.json/);
  });
});

describe('a sample of intensities', () => {
  it('is two histograms over one range, without what is not finite', () => {
    const sample = new IntensitySample(1000);
    const image = Float32Array.from({ length: 200 }, (_, at) => (at === 3 ? NaN : at));
    sample.add(
      image,
      image.map((_, at) => (at < 100 ? 1 : 0)),
    );
    const { range, all, labelled } = sample.histogram();
    const [low, high] = range;
    assert.ok(low >= 0 && low < 2 && high > 197 && high <= 199, String(range));
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    assert.ok(sum(all) >= 197 && sum(all) <= 199);
    assert.ok(sum(labelled) >= 97 && sum(labelled) <= 99);
    assert.equal(sum(labelled.slice(labelled.length / 2 + 1)), 0, 'the upper half is not labelled');
  });

  it('of nothing is empty', () => {
    const { all, labelled, range } = new IntensitySample(10).histogram();
    assert.deepEqual([Math.max(...all), Math.max(...labelled), range], [0, 0, [0, 1]]);
  });
});

describe('volumes in a folder of masks', () => {
  it('are written beside them as CSV, once and again, and never over a file of others', async (test) => {
    const dataset = await someDataset(test);
    const folder = join(dataset.raw, 'labelsTr');
    await writeText(join(folder, 'dataset.json'), datasetJson);
    const roots = { raw: join(dataset.raw, '..'), preprocessed: join(dataset.preprocessed, '..') };
    const measured = await measureVolumes({ ...quiet, folder, roots });
    const lines = (await readFile(measured.file, 'utf8')).trimEnd().split('\r\n');
    assert.equal(lines[0], 'case,mask,liver (ml),tumour (ml)');
    assert.match(lines[1]!, /^a,a\.nii\.gz,0\.1,0\.04/);
    await measureVolumes({ ...quiet, folder, roots });
    const { rows, footer } = volumesTable(measured, folder);
    assert.equal(rows[0]!.cells['1']!.text, '0.100');
    assert.equal(footer![0]!.cells['1']!.text, '0.110 ± 0.0100');
    await writeFile(measured.file, 'mine');
    await assert.rejects(measureVolumes({ ...quiet, folder, roots }), { code: 'output-exists' });
  });

  it('need to know what the values mean, and masks', async (test) => {
    const folder = await scratchFolder(test);
    const roots = { raw: folder, preprocessed: folder };
    await assert.rejects(measureVolumes({ ...quiet, folder, roots }), { code: 'no-masks' });
    await writeScan(join(folder, 'a.nii.gz'), label(0), shape, grid);
    await assert.rejects(measureVolumes({ ...quiet, folder, roots }), { code: 'labels-unknown' });
  });
});

describe('other folds', () => {
  const five = ['a', 'b', 'c', 'd', 'e'];

  it('take the place of the former ones, which are kept', async (test) => {
    const preprocessed = await scratchFolder(test);
    assert.equal(await replaceSplits({ preprocessed }, usualSplits(five)), undefined, 'there were none');
    assert.equal(await replaceSplits({ preprocessed }, usualSplits(five)), undefined, 'they are the same');
    const file = join(preprocessed, 'splits_final.json');
    const before = await readFile(file, 'utf8');
    const kept = await replaceSplits({ preprocessed }, [{ train: ['a', 'b', 'c'], val: ['d', 'e'] }]);
    assert.equal(await readFile(kept!, 'utf8'), before);
    assert.equal((JSON.parse(await readFile(file, 'utf8')) as unknown[]).length, 1);
  });

  it('of a file are refused where they name cases that are not there', async (test) => {
    const file = join(await scratchFolder(test), 'mine.json');
    await writeText(file, [{ train: ['a', 'b'], val: ['x'] }]);
    await assert.rejects(readSplitsFor(file, five), { code: 'split-unknown-case' });
    await writeText(file, [{ train: ['a', 'b'], val: ['c'] }]);
    assert.equal((await readSplitsFor(file, five)).length, 1);
  });
});
