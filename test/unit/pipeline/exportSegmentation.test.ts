import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { stackOf } from '../../../src/images/dicom/assemble';
import { itemOf, itemsOf, textOf } from '../../../src/images/dicom/attributes';
import { openDicom } from '../../../src/images/dicom/dicomFile';
import { decodeDicom } from '../../../src/images/dicom/decodeDicom';
import { paintStructures } from '../../../src/images/dicom/paintStructures';
import { drawnStructures } from '../../../src/images/dicom/segments';
import { seriesAround } from '../../../src/images/dicom/seriesFiles';
import { writeVolume } from '../../../src/images/write';
import { ImageError } from '../../../src/method/errors';
import { exportSegmentation } from '../../../src/pipeline/exportSegmentation';
import { axialSlices, writeSeries, type SeriesOptions } from '../images/dicom/series';

const folder = mkdtempSync(join(tmpdir(), 'nnunet export seg-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let places = 0;

interface Place {
  series: string;
  mask: string;
  output: string;
  labels: Uint8Array;
  slice: string;
}

/** A series and a mask of it with two labels in no simple pattern. */
async function prepare(changes: Partial<SeriesOptions> = {}, isEmpty = false): Promise<Place> {
  const place = join(folder, String(places++));
  const series = join(place, 'series');
  const [slice] = writeSeries(series, { rows: 9, columns: 11, positions: axialSlices(7), ...changes });
  const { header, itkGeometry } = await decodeDicom(slice!);
  const labels = Uint8Array.from({ length: header.shape.reduce((a, b) => a * b) }, (_, i) =>
    isEmpty ? 0 : [0, 0, 1, 3, 0, 1][(i * 7 + (i >> 3)) % 6]!,
  );
  mkdirSync(join(place, 'masks'));
  const mask = join(place, 'masks', 'case_001.nii.gz');
  await writeVolume(mask, labels, header.shape, itkGeometry(), 'label');
  const datasetJson = {
    labels: { background: 0, liver: 1, spleen: 2, 'liver tumour': 3 },
    file_ending: '.nii.gz',
    channel_names: { 0: 'CT' },
    numTraining: 1,
  };
  writeFileSync(join(place, 'masks', 'dataset.json'), JSON.stringify(datasetJson));
  return { series, mask, output: join(place, 'seg.dcm'), labels, slice: slice! };
}

async function readBack({ output, slice }: Place, values: ReadonlyMap<string, number>): Promise<Uint16Array> {
  const drawn = drawnStructures(await openDicom(output))!;
  const stack = stackOf(await seriesAround(slice));
  const { labels, overlap, outside } = await paintStructures([drawn], stack, (_, number) =>
    values.get(drawn.structures.find((one) => one.number === number)!.name),
  );
  assert.deepEqual([overlap, outside], [0, 0]);
  return labels;
}

const values = new Map([
  ['liver', 1],
  ['liver tumour', 3],
]);

describe('A mask as DICOM SEG', () => {
  it('is read back bit by bit, and refers to the slices of its series', async () => {
    const place = await prepare();
    const result = await exportSegmentation(place);
    assert.deepEqual(result.structures, [
      { value: 1, name: 'liver' },
      { value: 3, name: 'liver tumour' },
    ]);
    assert.deepEqual([...(await readBack(place, values))], [...place.labels]);
    const { item } = await openDicom(place.output);
    const source = await openDicom(place.slice);
    for (const tag of ['00100010', '00100020', '0020000d', '00200052'])
      assert.equal(textOf(item, tag), textOf(source.item, tag));
    assert.notEqual(textOf(item, '0020000e'), textOf(source.item, '0020000e'));
    const referred = itemsOf(itemOf(item, '00081115'), '0008114a').map((one) => textOf(one, '00081155'));
    assert.deepEqual(
      referred,
      [1, 2, 3, 4, 5, 6, 7].map((i) => `1.2.826.0.1.1.${i}`),
    );
    const types = itemsOf(item, '00620002').map((one) => textOf(itemOf(one, '0062000f'), '00080104'));
    assert.deepEqual(types, ['Liver', 'Neoplasm']);
    const frames = itemsOf(item, '52009230');
    assert.equal(frames.length, 14);
    assert.equal(textOf(itemOf(frames[8], '00089124', '00082112'), '00081155'), '1.2.826.0.1.1.2');
  });

  it('of a mask that is stored along other axes lies right, too', async () => {
    const place = await prepare();
    const { header, itkGeometry } = await decodeDicom(place.slice);
    const { spacing, origin, direction } = itkGeometry();
    const [z, y, x] = header.shape;
    const flipped = place.labels.map(
      (_, i) => place.labels[(Math.floor(i / (x * y)) * y + (y - 1 - (Math.floor(i / x) % y))) * x + (i % x)]!,
    );
    const start = origin.map((mm, axis) => mm + (y - 1) * spacing[1]! * direction[3 * axis + 1]!);
    const turned = direction.map((cosine, i) => (i % 3 === 1 ? -cosine : cosine));
    await writeVolume(place.mask, flipped, [z, y, x], { spacing, origin: start, direction: turned }, 'label');
    await exportSegmentation(place);
    assert.deepEqual([...(await readBack(place, values))], [...place.labels]);
  });

  it('of a series with a missing slice has the slices that there are', async () => {
    const place = await prepare({ positions: axialSlices(7).filter((_, i) => i !== 3) });
    await exportSegmentation(place);
    const back = await readBack(place, values);
    const slice = 9 * 11;
    for (const z of [0, 1, 2, 4, 5, 6])
      assert.deepEqual(
        [...back.subarray(z * slice, (z + 1) * slice)],
        [...place.labels.subarray(z * slice, (z + 1) * slice)],
      );
  });

  it('is refused where no series fits, or there is nothing to write', async () => {
    const place = await prepare();
    const other = await prepare({ rows: 10 });
    const refused = async (request: Place, code: string): Promise<void> => {
      await assert.rejects(exportSegmentation(request), (error) => error instanceof ImageError && error.code === code);
      assert.ok(!existsSync(request.output));
    };
    await refused({ ...place, series: other.series }, 'no-fitting-series');
    await refused(await prepare({}, true), 'empty-mask');
    await refused({ ...place, series: join(place.mask, '..') }, 'no-fitting-series');
  });

  const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
  const skip = has('dciodvfy') ? false : 'SKIPPED: dciodvfy is not installed (apt-get install dicom3tools)';
  it('is without an error to dciodvfy', { skip }, async () => {
    const place = await prepare();
    await exportSegmentation(place);
    const { stderr, stdout } = spawnSync('dciodvfy', [place.output], { encoding: 'utf8' });
    assert.match(stderr + stdout, /Segmentation/);
    assert.deepEqual(
      (stderr + stdout).split('\n').filter((line) => /^Error/.test(line)),
      [],
    );
  });

  it(
    'is read by dcmdump',
    { skip: has('dcmdump') ? false : 'SKIPPED: dcmdump is not installed (apt-get install dcmtk)' },
    async () => {
      const place = await prepare();
      await exportSegmentation(place);
      const { stdout, stderr, status } = spawnSync('dcmdump', [place.output], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /=SegmentationStorage/);
      assert.ok(readFileSync(place.output).length > 1000);
    },
  );
});
