import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { channelsOfKinds, parseChannels } from '../../../src/dataset/importers/dicomChannels';
import { importDataset } from '../../../src/dataset/importers/importDataset';
import type { DicomWishes, ImportResult } from '../../../src/dataset/importers/plan';
import { decodeImage } from '../../../src/images/decode';
import { encodeDicom } from '../../../src/images/dicom/elements';
import { DatasetError } from '../../../src/method/errors';
import { segmentationOf, structureSetOf } from '../images/dicom/drawings';
import { axialSlices, seriesOptions, writeSeries, type SeriesOptions } from '../images/dicom/series';

const folder = mkdtempSync(join(tmpdir(), 'nnunet import dicom-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let sources = 0;
function fresh(): { source: string; rawRoot: string } {
  const [source, rawRoot] = [join(folder, `disc ${sources}`), join(folder, `root ${sources++}`, 'nnUNet_raw')];
  mkdirSync(source, { recursive: true });
  return { source, rawRoot };
}

interface Visit extends Partial<SeriesOptions> {
  folder?: string;
}

/** A CT of a patient with secrets in every attribute that people know them by. */
function visit(source: string, number: number, changes: Visit = {}): SeriesOptions {
  const options = seriesOptions({
    uid: `1.2.840.${number}.1`,
    study: `1.2.840.${number}`,
    frameOfReference: `1.2.840.${number}.9`,
    patient: `Secret${number}^Name`,
    positions: axialSlices(6),
    ...changes,
  });
  writeSeries(join(source, changes.folder ?? `Secret${number}/study/a`), options);
  return options;
}

function write(source: string, name: string, item: Parameters<typeof encodeDicom>[0]): void {
  mkdirSync(join(source, 'drawn'), { recursive: true });
  writeFileSync(join(source, 'drawn', name), encodeDicom(item));
}

const inBox =
  (from: number, to: number) =>
  (slice: number, row: number, column: number): boolean =>
    slice >= 1 && slice <= 3 && row >= 1 && row <= 4 && column >= from && column <= to;

async function labelsOf(
  result: ImportResult,
  id: string,
): Promise<{ at(slice: number, row: number, column: number): number; total: number }> {
  const { voxels, header } = await decodeImage(join(result.folder, 'labelsTr', `${id}.nii.gz`));
  const [, y, x] = header.shape;
  return {
    at: (slice, row, column) => voxels[(slice * y + row) * x + column]!,
    total: [...voxels].filter((value) => value > 0).length,
  };
}

const importWith = (place: { source: string; rawRoot: string }, dicom?: DicomWishes): Promise<ImportResult> =>
  importDataset(place.source, { rawRoot: place.rawRoot, dicom });

describe('A folder of DICOM', () => {
  it('becomes cases with the segmentations that refer to its series, names from the segments', async () => {
    const place = fresh();
    const [first, second, third] = [1, 2, 3].map((number) => visit(place.source, number));
    const [liver, tumour] = [inBox(1, 5), inBox(4, 6)];
    const isIn = (segment: number, slice: number, row: number, column: number): boolean =>
      (segment === 1 ? liver : tumour)(slice, row, column);
    write(place.source, 'x1', segmentationOf(first!, { names: ['Liver', 'Tumour'], isIn }));
    write(
      place.source,
      'x2',
      segmentationOf(second!, { names: ['liver '], isIn, type: 'FRACTIONAL', isFlipped: true }),
    );
    void third;
    const result = await importWith(place);
    assert.deepEqual(result.cases, ['case_001', 'case_002']);
    assert.deepEqual(result.testCases, ['case_003'], 'without a segmentation');
    assert.deepEqual(result.datasetJson.labels, { background: 0, Liver: 1, Tumour: 2 });
    assert.deepEqual(result.datasetJson.channel_names, { 0: 'CT' });
    const one = await labelsOf(result, 'case_001');
    assert.deepEqual([one.at(2, 2, 2), one.at(2, 2, 5), one.at(2, 2, 6), one.at(0, 2, 2)], [1, 2, 2, 0]);
    assert.equal(one.total, 3 * 4 * 6);
    const two = await labelsOf(result, 'case_002');
    assert.equal(two.total, 3 * 4 * 5);
    assert.equal(two.at(1, 1, 1), 1);
    assert.ok(
      result.report.some((line) => /case_001: 24 voxels belong to more than one structure/.test(line)),
      result.report.join('\n'),
    );
    const image = await decodeImage(join(result.folder, 'imagesTr', 'case_001_0000.nii.gz'));
    const source = await decodeImage(join(place.source, 'Secret1/study/a/IM0000'));
    assert.deepEqual([...image.voxels], [...source.voxels]);
    assert.deepEqual(image.header.affine, source.header.affine);
    const label = await decodeImage(join(result.folder, 'labelsTr', 'case_001.nii.gz'));
    assert.deepEqual(label.header.affine, source.header.affine);
  });

  it('tells nobody who the patients are', async () => {
    const place = fresh();
    const one = visit(place.source, 77, { description: 'CT of Secret77 late' });
    visit(place.source, 78, {
      study: one.study,
      uid: '1.2.840.78.4',
      description: 'Secret78 scout',
      positions: axialSlices(1),
      folder: 'Secret78',
    });
    write(place.source, 'x', segmentationOf(one, { names: ['Spleen'], isIn: (_, ...at) => inBox(1, 5)(...at) }));
    const result = await importWith(place);
    const told = JSON.stringify({ ...result, folder: '' });
    const written = readdirSync(result.folder, { recursive: true }).map(String);
    const contents = written
      .filter((name) => /\.(json|gz)$/.test(name))
      .map((name) => readFileSync(join(result.folder, name)))
      .map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1'));
    for (const text of [told, ...written, ...contents])
      for (const secret of ['Secret', '1950', '2024', 'Clinic', place.source, '1.2.840'])
        assert.ok(!text.includes(secret), `${secret} in ${text.slice(0, 300)}`);
    const again = await importWith(place, { keepIdentifiers: true });
    assert.deepEqual(again.cases, ['ID-Secret77_Name']);
  });

  it('has the contours of an RTSTRUCT as labels: holes by contours inside contours and by keyholes', async () => {
    const place = fresh();
    const one = visit(place.source, 1, { rows: 16, columns: 16 });
    const square = (low: number, high: number) =>
      [
        [low, low],
        [high, low],
        [high, high],
        [low, high],
      ] as const;
    const keyhole = [
      [1.5, 1.5],
      [12.5, 1.5],
      [12.5, 12.5],
      [1.5, 12.5],
      [1.5, 1.5],
      [4.5, 4.5],
      [4.5, 8.5],
      [8.5, 8.5],
      [8.5, 4.5],
      [4.5, 4.5],
    ] as const;
    write(
      place.source,
      'rt',
      structureSetOf(one, [
        {
          name: 'Ring',
          contours: [
            { slice: 2, corners: square(1.5, 12.5) },
            { slice: 2, corners: square(4.5, 8.5) },
          ],
        },
        { name: 'Key', contours: [{ slice: 3, corners: keyhole }] },
      ]),
    );
    const result = await importWith(place);
    assert.deepEqual(result.datasetJson.labels, { background: 0, Ring: 1, Key: 2 });
    const labels = await labelsOf(result, 'case_001');
    for (const [slice, value] of [
      [2, 1],
      [3, 2],
    ] as const) {
      assert.deepEqual(
        [labels.at(slice, 2, 2), labels.at(slice, 6, 6), labels.at(slice, 12, 12), labels.at(slice, 13, 13)],
        [value, 0, value, 0],
      );
    }
    assert.equal(labels.total, 2 * (11 * 11 - 4 * 4));
  });

  it('of several series has the channels that the person chose', async () => {
    const place = fresh();
    for (const number of [1, 2]) {
      const t1 = visit(place.source, number, { modality: 'MR', description: 'AX T1 MPRAGE', folder: `${number}/one` });
      visit(place.source, number, {
        modality: 'MR',
        description: 'AX T2 FLAIR',
        uid: `${t1.uid}.2`,
        folder: `${number}/one`,
        name: (i) => `F${i}`,
      });
      visit(place.source, number, {
        modality: 'MR',
        description: 'AX DWI',
        uid: `${t1.uid}.3`,
        folder: `${number}/two`,
      });
      write(
        place.source,
        `s${number}`,
        segmentationOf(t1, { names: ['Edema'], isIn: (_, ...at) => inBox(1, 5)(...at), type: 'LABELMAP' }),
      );
    }
    const alone = await importWith(place);
    assert.deepEqual(alone.datasetJson.channel_names, { 0: 'MRI' });
    assert.deepEqual(alone.seriesKinds!.map(({ kind, series, channel }) => [kind, series, channel]).sort(), [
      ['MR AX DWI', 2, undefined],
      ['MR AX T1 MPRAGE', 2, 'MRI'],
      ['MR AX T2 FLAIR', 2, undefined],
    ]);
    assert.equal(alone.unused.filter(({ code }) => code === 'other-series').length, 4);
    const channels = parseChannels('T1=*t1*, FLAIR=MR*flair');
    assert.throws(() => parseChannels('T1'), /does not say which series/);
    const both = await importWith(place, { channels });
    assert.deepEqual(both.datasetJson.channel_names, { 0: 'T1', 1: 'FLAIR' });
    assert.deepEqual(readdirSync(join(both.folder, 'imagesTr')).sort(), [
      'case_001_0000.nii.gz',
      'case_001_0001.nii.gz',
      'case_002_0000.nii.gz',
      'case_002_0001.nii.gz',
    ]);
    assert.equal((await labelsOf(both, 'case_002')).total, 3 * 4 * 5);
    const listed = await importWith(place, { channels: channelsOfKinds(['MR AX DWI', 'MR AX T1 MPRAGE']) });
    assert.deepEqual(listed.datasetJson.channel_names, { 0: 'AX DWI', 1: 'AX T1 MPRAGE' });
    await assert.rejects(importWith(place, { channels: [{ name: 'PET', pattern: 'PT*' }] }), (error) => {
      assert.ok(error instanceof DatasetError);
      assert.equal(error.code, 'dicom-choose-series');
      assert.match(error.message, /"MR AX T1 MPRAGE" \(2 series\)/);
      return true;
    });
  });

  it('names what it left out: times, localizers, lost segmentations; and leaves nothing behind where no case is left', async () => {
    const place = fresh();
    const one = visit(place.source, 1);
    visit(place.source, 2, {
      positions: [...axialSlices(4), ...axialSlices(4)],
      extra: (i) => ({ '00200100': { vr: 'IS', value: String(i < 4 ? 1 : 2) } }),
    });
    write(place.source, 'pdf', {
      '00080016': { vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.104.1' },
      '00080018': { vr: 'UI', value: '1.9' },
    });
    write(
      place.source,
      'lost',
      segmentationOf(seriesOptions({ uid: '9.9', frameOfReference: '9.8' }), {
        names: ['Liver'],
        isIn: (_, ...at) => inBox(1, 5)(...at),
      }),
    );
    await assert.rejects(importWith(place), /Which series are the images has to be said/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name === `root ${sources - 1}`),
      [],
    );
    write(place.source, 'seg', segmentationOf(one, { names: ['Liver'], isIn: (_, ...at) => inBox(1, 5)(...at) }));
    const { unused, cases } = await importWith(place);
    assert.deepEqual(cases, ['case_001']);
    const reasons = unused.map(({ reason }) => reason).join('\n');
    assert.match(reasons, /with 2 volumes \(time point 1, time point 2\)/);
    assert.match(reasons, /it is an encapsulated PDF/);
    assert.match(reasons, /the series it refers to is not in the folder/);
  });

  it('follows a series whose gantry was tilted, or that lacks slices', async () => {
    const place = fresh();
    const positions = axialSlices(9, 5)
      .filter((_, i) => i !== 6)
      .map(([x, y, z], i) => [x, y + (i < 6 ? i : i + 1), z] as const);
    const one = visit(place.source, 1, { positions });
    write(place.source, 'seg', segmentationOf(one, { names: ['All'], isIn: () => true }));
    const result = await importWith(place);
    assert.ok(result.report.some((line) => /^case_001: The gantry was tilted/.test(line)));
    assert.ok(result.report.some((line) => /^case_001: 1 slice of 9 is missing/.test(line)));
    const label = await decodeImage(join(result.folder, 'labelsTr', 'case_001.nii.gz'));
    const image = await decodeImage(join(result.folder, 'imagesTr', 'case_001_0000.nii.gz'));
    assert.deepEqual(label.header.shape, [9, 14, 8]);
    assert.deepEqual(image.header.shape, [9, 14, 8]);
    const [, y, x] = label.header.shape;
    const rowsOf = (slice: number): number[] => Array.from({ length: y }, (_, r) => label.voxels[(slice * y + r) * x]!);
    assert.deepEqual(rowsOf(0), [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(rowsOf(8), [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  });
});
