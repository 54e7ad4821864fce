import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  maskRecordName,
  parsePredictionRecord,
  predictionRecordName,
  readPredictionRecord,
} from '../../../../src/dataset/predictionRecord';
import { deleteRecord, recordPrediction } from '../../../../src/vscode/prediction/recordPrediction';
import { scratchFolder } from '../../dataset/scratch';

const labels = [{ value: 1, name: 'Anterior', isIgnored: false }];
const of = (mask: string, more: object = {}) => ({
  mask,
  model: '/models/hippo.onnx',
  images: ['/scans/p1.nii.gz'],
  labels,
  isOfRegion: false,
  isFolderOfPredictions: true,
  ...more,
});

describe('what is written beside a predicted mask', () => {
  it('says for a folder of predictions which model, which images, what labels, and which masks are of a region', async (context) => {
    const folder = await scratchFolder(context);
    await recordPrediction(of(join(folder, 'p1.nii.gz'), { isOfRegion: true }));
    await recordPrediction(of(join(folder, 'p2.nii.gz'), { images: ['/scans/p2.nii.gz'] }));
    const { input, labels: named, regionOnly } = await readPredictionRecord(folder);
    assert.deepEqual(input, ['/scans/p1.nii.gz', '/scans/p2.nii.gz']);
    assert.deepEqual([named, regionOnly], [[{ value: 1, name: 'Anterior' }], ['p1.nii.gz']]);
    // The whole of it, later.
    await recordPrediction(of(join(folder, 'p1.nii.gz')));
    assert.equal((await readPredictionRecord(folder)).regionOnly, undefined);
  });

  it('is the mask’s own among other files, and where another model made the folder', async (context) => {
    const folder = await scratchFolder(context);
    const mask = join(folder, 'p1_hippo_seg.nii.gz');
    await recordPrediction(of(mask, { isFolderOfPredictions: false, isOfRegion: true }));
    assert.ok(!existsSync(join(folder, predictionRecordName)));
    const file = join(folder, maskRecordName(mask));
    const { model, regionOnly } = parsePredictionRecord(await readFile(file, 'utf8'));
    assert.deepEqual([model, regionOnly], [['/models/hippo.onnx'], ['p1_hippo_seg.nii.gz']]);
    await recordPrediction(of(join(folder, 'a.nii.gz')));
    await recordPrediction(of(join(folder, 'b.nii.gz'), { model: '/models/other.onnx' }));
    assert.deepEqual((await readPredictionRecord(folder)).model, ['/models/hippo.onnx']);
    assert.ok(existsSync(join(folder, maskRecordName('b.nii.gz'))));
    await deleteRecord(mask);
    assert.ok(!existsSync(file));
    await deleteRecord(mask);
  });
});
