import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { readNpz } from '../../src/dataset/npz';
import { readCasePickle } from '../../src/dataset/properties';
import { readSegmentation } from '../../src/images/volumes';
import { parseJson } from '../../src/method/jsonReader';
import type { PredictResult } from '../../src/pipeline/prediction/predictionFolder';
import { describeShared } from '../shared';
import { images, model, predictToy, validation } from './toyPrediction';

describeShared("predicting with nnU-Net's own checkpoint", () => {
  let output: string;
  let result: PredictResult;

  before(async () => {
    output = fs.mkdtempSync(join(tmpdir(), 'nnunet predict é-'));
    result = await predictToy(output);
  });
  after(() => fs.rmSync(output, { recursive: true, force: true }));

  it('reports every case', () => {
    assert.deepEqual(
      result.cases.map((entry) => [entry.case, entry.output]),
      ['c3', 'c5'].map((id) => [id, join(output, `${id}.nii.gz`)]),
    );
    assert.ok(result.cases.every(({ seconds }) => seconds > 0));
    assert.deepEqual([result.failed, result.skipped], [[], []]);
  });

  for (const id of ['c3', 'c5']) {
    it(`gives the same labels on the same grid for ${id}`, async () => {
      const [found, expected] = await Promise.all(
        [output, validation].map((folder) => readSegmentation(join(folder, `${id}.nii.gz`), 'NibabelIO')),
      );
      assert.deepEqual(found!.shape, expected!.shape);
      assert.deepEqual(found!.properties, expected!.properties);
      assert.deepEqual(found!.data, expected!.data);
    });

    it(`gives the same probabilities for ${id}, up to half-precision sums`, async () => {
      const [found, expected] = await Promise.all(
        [output, validation].map(async (folder) => (await readNpz(join(folder, `${id}.npz`))).probabilities!),
      );
      assert.deepEqual([found!.dtype, found!.shape], ['float32', expected!.shape]);
      let worst = 0;
      for (let at = 0; at < found!.data.length; at += 1) {
        worst = Math.max(worst, Math.abs(Number(found!.data[at]) - Number(expected!.data[at])));
      }
      assert.ok(worst <= 3e-4, `probabilities differ by ${worst}`);
      const [own, theirs] = await Promise.all(
        [output, validation].map((folder) => readCasePickle(join(folder, `${id}.pkl`))),
      );
      assert.deepEqual(own!.properties, theirs!.properties);
    });
  }

  it('leaves what nnU-Net leaves beside the predictions', () => {
    for (const name of ['plans.json', 'dataset.json']) {
      assert.deepEqual(fs.readFileSync(join(output, name)), fs.readFileSync(join(model, name)));
    }
    const file = join(output, 'predict_from_raw_data_args.json');
    const call = parseJson(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
    assert.equal(call.save_probabilities, true);
    assert.equal(call.num_parts, 1);
  });

  it('leaves out finished cases when it is continued, and goes on past images it cannot use', async () => {
    const broken = join(output, 'broken_0000.nii.gz');
    fs.writeFileSync(broken, 'not an image');
    fs.writeFileSync(broken.replace('_0000', '_0001'), 'not an image');
    const again = await predictToy(output, {
      input: [
        images.concat('/c3_0000.nii.gz'),
        images.concat('/c3_0001.nii.gz'),
        broken,
        broken.replace('_0000', '_0001'),
      ],
      mirroring: false,
      stepSize: 1,
      saveProbabilities: false,
      skipExisting: true,
    });
    assert.deepEqual(again.skipped, ['c3']);
    assert.deepEqual(
      again.failed.map((entry) => entry.case),
      ['broken'],
    );
    assert.deepEqual(again.cases, []);
  });
});
