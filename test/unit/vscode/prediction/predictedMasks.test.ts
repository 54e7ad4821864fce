import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { predictedMasks, recordOfMask } from '../../../../src/vscode/prediction/predictedMasks';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nnunet masks-'));
  for (const folder of ['scans', 'predictions']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: object = {}): string {
  const file = join(root, path);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe('the masks that may be moved or deleted', () => {
  it('are those that a program made of the image, beside it or in folders of predictions', async () => {
    const image = write('scans/case_1.nii.gz');
    const beside = write('scans/case_1_2d_seg.nii.gz');
    write('scans/case_1_2d_seg.predicted_with.json', { model: ['/m'], input: [image] });
    const predicted = write('predictions/case_1.nii.gz');
    write('predictions/predicted_with.json', { model: ['/m'], input: [join(root, 'scans')] });
    const found = await predictedMasks(image, 'case_1', [join(root, 'predictions')]);
    assert.deepEqual(found.sort(), [beside, predicted].sort());
  });

  it('are never made by hand, of another case, or of another image with the same name', async () => {
    const image = write('scans/case_1.nii.gz');
    write('scans/case_1_seg.nii.gz');
    write('scans/case_10_2d_seg.nii.gz');
    write('scans/case_10_2d_seg.predicted_with.json', { model: ['/m'], input: [join(root, 'scans/case_10.nii.gz')] });
    write('predictions/case_10.nii.gz');
    write('predictions/case_1.nii.gz');
    write('predictions/predicted_with.json', { model: ['/m'], input: ['/elsewhere/case_1.nii.gz'] });
    assert.deepEqual(await predictedMasks(image, 'case_1', [join(root, 'predictions')]), []);
  });

  it('have a record of their own, or that of their folder', async () => {
    const own = write('scans/a_seg.nii.gz');
    write('scans/a_seg.predicted_with.json', { model: ['/own'] });
    assert.deepEqual((await recordOfMask(own))?.model, ['/own']);
    assert.equal(await recordOfMask(write('scans/b.nii.gz')), undefined);
    write('predictions/predicted_with.json', { model: ['/folder'] });
    assert.deepEqual((await recordOfMask(write('predictions/c.nii.gz')))?.model, ['/folder']);
  });
});
