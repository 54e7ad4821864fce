import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inflateSync } from 'node:zlib';
import { writeScan } from '../../../src/dataset/scans';
import type { Geometry, Shape3 } from '../../../src/geometry/types';
import { readSummary } from '../../../src/method/evaluation';
import { evaluateStage } from '../../../src/pipeline/evaluate';
import { makeReport } from '../../../src/report/makeReport';
import { encodePng } from '../../../src/report/png';
import { largestError, slicesOf } from '../../../src/report/slices';
import { scratchFolder } from '../dataset/scratch';

const shape: Shape3 = [10, 12, 14];
const grid: Geometry = { spacing: [0.5, 1, 2], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const datasetJson = {
  channel_names: { 0: 'CT' },
  labels: { background: 0, 'le<ft': 1, right: 2 },
  file_ending: '.nii.gz',
};
const ids = ['a', 'b', 'c'];

/** Two boxes of 4 x 4 x 4 voxels; the first one begins at x = `low`. */
function boxes(low: number): Uint8Array {
  return Uint8Array.from({ length: 10 * 12 * 14 }, (_, at) => {
    const [x, y, z] = [at % 14, Math.floor(at / 14) % 12, Math.floor(at / 168)] as const;
    if (z < 3 || z >= 7) return 0;
    if (x >= low && x < low + 4 && y >= 1 && y < 5) return 1;
    return x >= 3 && x < 7 && y >= 6 && y < 10 ? 2 : 0;
  });
}

const quiet = { progress: () => undefined, warn: () => undefined };

/** A dataset, and masks of it by two models: the second is a voxel better in two of three cases. */
async function evaluatedMasks(test: TestContext, surface: boolean) {
  const root = await scratchFolder(test);
  const dataset = join(root, 'nnUNet_raw', 'Dataset001_Boxes');
  const [labels, images] = [join(dataset, 'labelsTr'), join(dataset, 'imagesTr')];
  const masks = [join(root, 'masks_2d'), join(root, 'masks_3d')] as const;
  for (const folder of [labels, images, ...masks]) await mkdir(folder, { recursive: true });
  for (const [at, id] of ids.entries()) {
    await writeScan(join(labels, `${id}.nii.gz`), boxes(3), shape, grid);
    await writeScan(
      join(images, `${id}_0000.nii.gz`),
      boxes(3).map((value) => value * 50 + 20),
      shape,
      grid,
    );
    await writeScan(join(masks[0], `${id}.nii.gz`), boxes(4 + at), shape, grid);
    await writeScan(join(masks[1], `${id}.nii.gz`), boxes(at === 0 ? 4 : 3 + at), shape, grid);
  }
  for (const folder of masks) {
    await writeFile(join(folder, 'dataset.json'), JSON.stringify(datasetJson));
    await evaluateStage({
      ...quiet,
      referenceFolder: labels,
      predictionFolder: folder,
      datasetJson,
      reader: 'SimpleITKIO',
      output: join(folder, 'summary.json'),
      ...(surface && { surface: { tolerance: 1, output: join(folder, 'surface.json') } }),
    });
  }
  const roots = { raw: join(root, 'nnUNet_raw'), preprocessed: join(root, 'nnUNet_preprocessed') };
  const options = { ...quiet, models: masks, output: join(root, 'report'), roots, pictures: 2 };
  return { masks, options };
}

describe('a report', () => {
  it('has the numbers of summary.json, the worst cases first, and compares the models', async (test) => {
    const { masks, options } = await evaluatedMasks(test, true);
    const { report } = await makeReport(options);
    for (const [at, folder] of masks.entries()) {
      const summary = readSummary(await readFile(join(folder, 'summary.json'), 'utf8'));
      const model = report.models[at]!;
      assert.equal(model.foreground.Dice, summary.foreground_mean.Dice);
      assert.equal(model.labels['1']!.IoU, summary.mean['1']!.IoU);
      const worst = summary.metric_per_case.find(({ prediction_file }) => prediction_file.endsWith('c.nii.gz'))!;
      assert.equal(model.cases[0]!.id, 'c');
      assert.deepEqual(
        { ...worst.metrics['1'] },
        Object.fromEntries(
          Object.keys(worst.metrics['1']!).map((key) => [
            key,
            Object.entries(model.cases[0]!.labels['1']!).find(([name]) => name === key)![1],
          ]),
        ),
      );
    }
    // 64 voxels of 1 mm³.
    assert.equal(report.models[0]!.cases[0]!.labels['1']!.volumeReference, 0.064);
    assert.deepEqual(report.surfaces, { unit: 'mm', tolerance: 1 });
    const [comparison] = report.comparisons;
    const [left, right] = comparison!.rows;
    assert.deepEqual([left!.name, left!.cases, left!.test?.pairs], ['le<ft', 3, 2]);
    assert.deepEqual([right!.mean, right!.test], [0, undefined]);
  });

  it('leaves a page that loads nothing, CSV of every case and label, and LaTeX', async (test) => {
    const { options } = await evaluatedMasks(test, true);
    const { files } = await makeReport(options);
    const page = await readFile(files.page, 'utf8');
    assert.match(page, /default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src data:/);
    assert.doesNotMatch(page, /<script|https?:|style="|le<ft/);
    assert.equal(page.match(/<img /g)?.length, 2 * 2 * 3, 'two cases of each model, three slices each');
    const csv = (await readFile(files.csv, 'utf8')).trimEnd().split('\r\n');
    assert.equal(csv.length, 1 + 2 * 3 * 2);
    assert.match(csv[1]!, /^masks_2d,c,le<ft,1,/);
    const latex = await readFile(files.latex, 'utf8');
    assert.match(latex, /\\multicolumn\{5\}\{c\}\{masks\\_2d\}/);
    // Made again over its own files, but not over others'.
    await makeReport(options);
    await writeFile(files.data, '{}');
    await assert.rejects(makeReport(options), { code: 'output-exists' });
  });

  it('does without surfaces, compares them when asked, and takes none of other masks', async (test) => {
    const { masks, options } = await evaluatedMasks(test, false);
    const { report } = await makeReport({ ...options, pictures: 0 });
    assert.equal(report.surfaces, undefined);
    assert.equal(report.remarks.length, 2);
    assert.equal(report.models[0]!.labels['1']!.HD95, null);
    const summary = await readFile(join(masks[0], 'summary.json'), 'utf8');
    const measured = await makeReport({ ...options, pictures: 0, surface: { tolerance: 2 } });
    assert.deepEqual(measured.report.surfaces, { unit: 'mm', tolerance: 2 });
    assert.ok((measured.report.models[0]!.labels['1']!.HD95 ?? 0) > 0);
    assert.equal(await readFile(join(masks[0], 'summary.json'), 'utf8'), summary, 'the summary stays');
    assert.ok(existsSync(join(masks[0], 'surface.json')));
    await writeFile(join(masks[0], 'summary.json'), summary.replaceAll('"n_ref": 64', '"n_ref": 65'));
    const stale = await makeReport({ ...options, pictures: 0 });
    assert.equal(stale.report.models[0]!.labels['1']!.HD95, null);
  });

  it('refuses what was not evaluated', async (test) => {
    const { options } = await evaluatedMasks(test, false);
    await assert.rejects(makeReport({ ...options, models: [options.roots.raw] }), { code: 'not-evaluated' });
    assert.ok(!existsSync(options.output), 'nothing is written');
  });
});

describe('slices through the largest error', () => {
  it('meet in the slice, row and column with most wrong voxels', () => {
    const reference = new Float32Array(4 * 5 * 6);
    const prediction = reference.slice();
    const set = (z: number, y: number, x: number): number => (prediction[(z * 5 + y) * 6 + x] = 1);
    set(1, 0, 0);
    for (const x of [2, 3, 4]) set(2, 3, x);
    set(2, 1, 4);
    assert.deepEqual(largestError({ shape: [4, 5, 6], spacing: [1, 1, 1], reference, prediction }), [2, 3, 4]);
    const slices = slicesOf({ shape: [4, 5, 6], spacing: [3, 2, 1], reference, prediction });
    assert.deepEqual(
      slices.map(({ name, pixelHeight, pixelWidth }) => [name, pixelHeight, pixelWidth]),
      [
        ['z 2', 2, 1],
        ['y 3', 3, 1],
        ['x 4', 3, 2],
      ],
    );
  });

  it('are none where nothing is marked, and one of a picture', () => {
    const empty = new Float32Array(6);
    assert.deepEqual(slicesOf({ shape: [1, 2, 3], spacing: [1, 1, 1], reference: empty, prediction: empty }), []);
    const marked = Float32Array.of(0, 1, 0, 0, 0, 0);
    assert.equal(slicesOf({ shape: [1, 2, 3], spacing: [1, 1, 1], reference: marked, prediction: empty }).length, 1);
  });
});

describe('a small PNG file', () => {
  it('holds its pixels and colours', () => {
    const png = encodePng(Uint8Array.of(0, 1, 1, 0, 0, 1), 3, 2, [
      [0, 0, 0],
      [255, 128, 0],
    ]);
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    const data = png.indexOf('IDAT');
    const length = png.readUInt32BE(data - 4);
    assert.deepEqual([...inflateSync(png.subarray(data + 4, data + 4 + length))], [0, 0, 1, 1, 0, 0, 0, 1]);
    // That of an empty IEND stands in the specification.
    assert.equal(png.subarray(-4).toString('hex'), 'ae426082');
  });
});
