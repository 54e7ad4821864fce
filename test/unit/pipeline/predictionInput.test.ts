import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { writeVolume } from '../../../src/images/write';
import type { NnunetError } from '../../../src/method/errors';
import { inputCases, type InputKind } from '../../../src/pipeline/prediction/predictionInput';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'nnunet input ä-'));
  warnings = [];
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const touch = (...names: string[]) => names.forEach((name) => fs.writeFileSync(join(folder, name), 'x'));
const kind = (count: number, fileEnding = '.nii.gz', keys?: number[]): InputKind => ({
  fileEnding,
  reader: 'SimpleITKIO',
  channels: { count, ...(keys && { keys }) },
});
const cases = (of: InputKind, input = [folder]) => inputCases(input, of, (code) => void warnings.push(code));
const found = async (of: InputKind, input = [folder]) =>
  (await cases(of, input)).map(({ id, images }) => [id, ...images.map((file) => basename(file))]);
const code = (expected: string, ...words: RegExp[]) => {
  return (error: NnunetError) =>
    error.code === expected && error.hint.length > 0 && words.every((word) => word.test(error.oneLine));
};

describe('images to predict', () => {
  it('are grouped by channel, in order', async () => {
    touch('b_0001.nii.gz', 'b_0000.nii.gz', 'a b_0000.nii.gz', 'a b_0001.nii.gz', 'notes.txt', '.hidden.nii.gz');
    assert.deepEqual(await found(kind(2)), [
      ['a b', 'a b_0000.nii.gz', 'a b_0001.nii.gz'],
      ['b', 'b_0000.nii.gz', 'b_0001.nii.gz'],
    ]);
    assert.deepEqual(warnings, []);
  });
  it('need no channel number where each case has one file', async () => {
    touch('scan.nii.gz', 'other_0000.nii.gz');
    assert.deepEqual(await found(kind(1)), [
      ['other', 'other_0000.nii.gz'],
      ['scan', 'scan.nii.gz'],
    ]);
  });
  it('may be given as files', async () => {
    touch('scan.nii.gz', 'other.nii.gz');
    assert.deepEqual(await found(kind(1), [join(folder, 'scan.nii.gz')]), [['scan', 'scan.nii.gz']]);
  });
  it('are refused with advice when channels are missing, nothing fits or nothing is there', async () => {
    touch('a_0000.nii.gz', 'a_0001.nii.gz');
    await assert.rejects(cases(kind(3)), code('channel-missing', /0000, 0001\b.*0000, 0001, 0002/));
    await assert.rejects(cases({ ...kind(1, '.png'), reader: 'NaturalImage2DIO' }), code('no-images'));
    await assert.rejects(cases(kind(1), [join(folder, 'nowhere')]), code('input-missing', /no such folder/));
    await assert.rejects(cases(kind(1), [join(folder, 'nowhere.nii.gz')]), code('input-missing', /no such file/));
  });
  it('are refused when a case is there twice', async () => {
    touch('scan.nii.gz');
    fs.mkdirSync(join(folder, 'more'));
    fs.writeFileSync(join(folder, 'more', 'scan.nii.gz'), 'y');
    const input = [join(folder, 'scan.nii.gz'), join(folder, 'more')];
    await assert.rejects(cases(kind(1), input), code('duplicate-case'));
  });
  it('are refused in fitting words where a plain name lies beside a numbered one', async () => {
    touch('scan.nii.gz', 'scan_0000.nii.gz');
    await assert.rejects(cases(kind(1)), code('duplicate-case', /scan\.nii\.gz and scan_0000\.nii\.gz/));
  });
});

describe('channel numbers of images to predict', () => {
  it('are read: a gap and a shift are refused with the numbers that are there and those that are expected', async () => {
    touch('a_0000.nii.gz', 'a_0001.nii.gz', 'a_0003.nii.gz');
    await assert.rejects(cases(kind(3)), code('channel-missing', /0000, 0001, 0003.*0000, 0001, 0002/));
    fs.rmSync(join(folder, 'a_0000.nii.gz'));
    touch('a_0002.nii.gz');
    await assert.rejects(cases(kind(3)), code('channel-missing', /0001, 0002, 0003/));
  });
  it('may be the keys of channel_names', async () => {
    touch('a_0000.nii.gz', 'a_0001.nii.gz', 'a_0003.nii.gz');
    assert.equal((await found(kind(3, '.nii.gz', [0, 1, 3]))).length, 1);
  });
  it('of three patients do not make one case of three channels', async () => {
    touch('patient_0001.nii.gz', 'patient_0002.nii.gz', 'patient_0003.nii.gz');
    await assert.rejects(cases(kind(3)), code('channel-missing', /patients/));
  });
  it('other than 0 belong to the name where the model has one channel', async () => {
    touch('Img_0069.nii.gz', 'Img_0070.nii.gz', 'other_0000.nii.gz');
    assert.deepEqual(await found(kind(1)), [
      ['Img_0069', 'Img_0069.nii.gz'],
      ['Img_0070', 'Img_0070.nii.gz'],
      ['other', 'other_0000.nii.gz'],
    ]);
    assert.deepEqual(warnings, ['number-in-name']);
  });
  it('from 0 on may be channels or patients: refused where the model has one channel', async () => {
    touch('a_0000.nii.gz', 'a_0001.nii.gz');
    await assert.rejects(cases(kind(1)), code('channel-missing', /one channel/, /a_0000_0000\.nii\.gz/));
  });
  it('may leave two cases with one name, which is refused', async () => {
    touch('Img_0069.nii.gz', 'Img_0069_0000.nii.gz');
    await assert.rejects(cases(kind(1)), code('duplicate-case'));
  });
  it('of pictures that hold all channels are parts of their names', async () => {
    for (const name of ['img_0001', 'img_0002']) {
      await writeVolume(join(folder, `${name}.png`), new Uint8Array(3 * 4 * 5), [3, 1, 4, 5]);
    }
    const colours: InputKind = { fileEnding: '.png', reader: 'NaturalImage2DIO', channels: { count: 3 } };
    assert.deepEqual(await found(colours), [
      ['img_0001', 'img_0001.png'],
      ['img_0002', 'img_0002.png'],
    ]);
  });
});

describe('endings of images to predict', () => {
  it('are taken in capitals and uncompressed', async () => {
    touch('A_0000.NII.GZ', 'b_0000.nii', 'c.nii.gz');
    assert.deepEqual(
      (await found(kind(1))).map(([id]) => id),
      ['A', 'b', 'c'],
    );
  });
  it('of other formats are taken where there is nothing else, and told of where there is', async () => {
    touch('a.nrrd');
    assert.deepEqual(await found(kind(1)), [['a', 'a.nrrd']]);
    touch('b.nii.gz');
    assert.deepEqual(await found(kind(1)), [['b', 'b.nii.gz']]);
    assert.deepEqual(warnings, ['images-left-out']);
  });
  it('of files that macOS leaves on other disks do not count', async () => {
    touch('._scan_0000.nii.gz', 'scan_0000.nii.gz');
    const input = fs.readdirSync(folder).map((name) => join(folder, name));
    assert.deepEqual(await found(kind(1), input), [['scan', 'scan_0000.nii.gz']]);
  });
  it('of broken links are named, and the other cases stay', { skip: process.platform === 'win32' }, async () => {
    touch('scan_0000.nii.gz');
    fs.symlinkSync('/nowhere/x.nii.gz', join(folder, 'gone_0000.nii.gz'));
    const [gone, scan] = await cases(kind(1));
    assert.equal(gone!.error?.code, 'link-broken');
    assert.match(gone!.error!.where!, /gone_0000\.nii\.gz$/);
    assert.equal(scan!.error, undefined);
  });
});
