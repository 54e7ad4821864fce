import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { NnunetError } from '../../../src/method/errors';
import { inputCases } from '../../../src/pipeline/prediction/predictionInput';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'nnunet input ä-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

const touch = (...names: string[]) => names.forEach((name) => fs.writeFileSync(join(folder, name), 'x'));
const found = async (channels: number, input = [folder]) =>
  (await inputCases(input, '.nii.gz', channels)).map(({ id, images }) => [id, ...images.map((file) => basename(file))]);
const code = (expected: string) => (error: NnunetError) => error.code === expected && error.hint.length > 0;

describe('images to predict', () => {
  it('are grouped by channel, in order', async () => {
    touch('b_0001.nii.gz', 'b_0000.nii.gz', 'a b_0000.nii.gz', 'a b_0001.nii.gz', 'notes.txt', '.hidden.nii.gz');
    assert.deepEqual(await found(2), [
      ['a b', 'a b_0000.nii.gz', 'a b_0001.nii.gz'],
      ['b', 'b_0000.nii.gz', 'b_0001.nii.gz'],
    ]);
  });
  it('need no channel number where each case has one file', async () => {
    touch('scan.nii.gz', 'other_0000.nii.gz');
    assert.deepEqual(await found(1), [
      ['other', 'other_0000.nii.gz'],
      ['scan', 'scan.nii.gz'],
    ]);
  });
  it('may be given as files', async () => {
    touch('scan.nii.gz', 'other.nii.gz');
    assert.deepEqual(await found(1, [join(folder, 'scan.nii.gz')]), [['scan', 'scan.nii.gz']]);
  });
  it('are refused with advice when channels are missing, nothing fits or nothing is there', async () => {
    touch('a_0000.nii.gz', 'a_0001.nii.gz');
    await assert.rejects(found(3), code('channel-missing'));
    await assert.rejects(inputCases([folder], '.png', 1), code('no-images'));
    await assert.rejects(found(1, [join(folder, 'nowhere')]), code('input-missing'));
  });
  it('are refused when a case is there twice', async () => {
    touch('scan.nii.gz');
    fs.mkdirSync(join(folder, 'more'));
    fs.writeFileSync(join(folder, 'more', 'scan.nii.gz'), 'y');
    await assert.rejects(found(1, [join(folder, 'scan.nii.gz'), join(folder, 'more')]), code('duplicate-case'));
  });
});
