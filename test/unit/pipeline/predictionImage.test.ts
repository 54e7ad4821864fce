/** What is wrong with a scan is said to somebody who has a model and scans: no advice for makers of datasets. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { ReaderName } from '../../../src/images/types';
import { writeVolume } from '../../../src/images/write';
import { NnunetError } from '../../../src/method/errors';
import { loadPredictionImage } from '../../../src/pipeline/prediction/predictionImage';

const folder = mkdtempSync(join(tmpdir(), 'nnunet-prediction-image-'));
after(() => rmSync(folder, { recursive: true }));

/** @returns what reading the files for a model is refused with */
async function refusal(files: string[], reader: ReaderName, channels: number): Promise<NnunetError> {
  const images = files.map((name) => join(folder, name));
  try {
    await loadPredictionImage({ id: 'scan', images }, { reader, channels });
  } catch (error) {
    assert.ok(error instanceof NnunetError, String(error));
    return error;
  }
  throw new Error('It was read.');
}

describe('a scan that a model cannot take', () => {
  it('with too many channels is told how many the model takes', async () => {
    await writeVolume(join(folder, 'series.nii.gz'), new Float32Array(48), [2, 2, 3, 4]);
    const one = await refusal(['series.nii.gz'], 'SimpleITKIO', 1);
    assert.equal(one.code, 'channel-count');
    assert.match(one.message, /has 2 image channels, but the model takes 1/);
    assert.match(one.hint, /Give a file with one channel/);
    const three = await refusal(['series.nii.gz'], 'SimpleITKIO', 3);
    assert.match(three.hint, /a file for each channel, scan_0000 to scan_0002/);
  });

  it('of a format that the model cannot read is told which it reads', async () => {
    await writeVolume(join(folder, 'scan.nrrd'), new Float32Array(24), [2, 3, 4]);
    const error = await refusal(['scan.nrrd'], 'NibabelIO', 1);
    assert.equal(error.code, 'wrong-reader');
    assert.match(error.oneLine, /The model can only read NIfTI files.*Convert the image to \.nii\.gz/);
  });

  it('never hears of dataset.json or of readers', async () => {
    await writeVolume(join(folder, 'flat.nii.gz'), new Float32Array(12), [1, 3, 4]);
    const errors = [
      await refusal(['series.nii.gz'], 'NibabelIO', 1),
      await refusal(['series.nii.gz'], 'SimpleITKIO', 1),
      await refusal(['series.nii.gz'], 'NaturalImage2DIO', 1),
      await refusal(['scan.nrrd'], 'NibabelIO', 1),
    ];
    for (const error of errors) assert.doesNotMatch(error.oneLine, /dataset\.json|channel_names|reader|plan /i);
  });
});
