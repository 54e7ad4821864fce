import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readNpz } from '../../src/dataset/npz';
import { readSegmentation } from '../../src/images/volumes';
import type { PredictResult } from '../../src/pipeline/prediction/predictionFolder';
import { openPredictor } from '../../src/pipeline/prediction/predictor';
import { cacheBase } from '../../src/storage/userCache';
import { describeShared } from '../shared';
import { images, model, predictToy, validation } from './toyPrediction';

describeShared("predicting with nnU-Net's own checkpoint in ONNX Runtime", () => {
  let output: string;
  let result: PredictResult;
  const said: string[] = [];

  before(async () => {
    output = fs.mkdtempSync(join(tmpdir(), 'nnunet onnx é-'));
    result = await predictToy(output, {
      engine: 'onnx',
      provider: 'cpu',
      progress: ({ message }) => message && said.push(message),
      warn: (code) => assert.equal(code, 'memory-tight'),
    });
  });
  after(() => fs.rmSync(output, { recursive: true, force: true }));

  it('reports every case, and says what it runs on', () => {
    assert.deepEqual(
      result.cases.map((entry) => [entry.case, entry.output]),
      ['c3', 'c5'].map((id) => [id, join(output, `${id}.nii.gz`)]),
    );
    assert.deepEqual([result.failed, result.skipped], [[], []]);
    assert.ok(said.some((message) => /^ONNX Runtime on processor, \d+ threads, fold 0$/.test(message)));
  });

  for (const id of ['c3', 'c5']) {
    it(`gives the labels of nnU-Net for ${id}, on the same grid`, async () => {
      const [found, expected] = await Promise.all(
        [output, validation].map((folder) => readSegmentation(join(folder, `${id}.nii.gz`), 'NibabelIO')),
      );
      assert.deepEqual(found!.shape, expected!.shape);
      assert.deepEqual(found!.properties, expected!.properties);
      let different = 0;
      expected!.data.forEach((label, at) => (different += label === found!.data[at] ? 0 : 1));
      const share = 1 - different / expected!.data.length;
      assert.ok(share >= 0.9999, `${share} of the voxels agree`);
    });

    it(`gives its probabilities for ${id}, up to half-precision sums`, async () => {
      const [found, expected] = await Promise.all(
        [output, validation].map(async (folder) => (await readNpz(join(folder, `${id}.npz`))).probabilities!),
      );
      assert.deepEqual(found!.shape, expected!.shape);
      let worst = 0;
      for (let at = 0; at < found!.data.length; at += 1) {
        worst = Math.max(worst, Math.abs(Number(found!.data[at]) - Number(expected!.data[at])));
      }
      assert.ok(worst <= 1e-3, `probabilities differ by ${worst}`);
    });
  }

  it('is chosen, and said, where the native engine is not installed', async () => {
    const before = process.env.NNUNET_CORE;
    process.env.NNUNET_CORE = join(output, 'no-core');
    const warnings: string[] = [];
    try {
      const again = await predictToy(join(output, 'without-core'), {
        input: ['c3_0000', 'c3_0001'].map((name) => join(images, `${name}.nii.gz`)),
        mirroring: false,
        stepSize: 1,
        saveProbabilities: false,
        device: 'auto',
        precision: 'auto',
        warn: (code) => warnings.push(code),
      });
      assert.equal(again.cases.length, 1);
    } finally {
      if (before === undefined) delete process.env.NNUNET_CORE;
      else process.env.NNUNET_CORE = before;
    }
    assert.ok(warnings.includes('engine-missing'));
  });

  it('exports the folds in a process of its own, which leaves nothing behind when it is cancelled', async () => {
    const copy = join(output, 'copy', 'Dataset777_Toy', 'nnUNetTrainer__nnUNetPlans__3d_small');
    fs.cpSync(model, copy, { recursive: true });
    const exports = join(cacheBase(), 'nnunet', 'onnx');
    const before = listed(exports);
    const stop = new AbortController();
    const opening = openPredictor({ model: copy, signal: stop.signal });
    while (String(listed(exports)) === String(before)) await sleep(1);
    stop.abort(new Error('enough'));
    await assert.rejects(opening, /enough/);
    const isWhole = (name: string): boolean => name.endsWith('.onnx');
    assert.deepEqual(
      listed(exports).filter((name) => !isWhole(name)),
      before.filter((name) => !isWhole(name)),
    );
    const predictor = await openPredictor({ model: copy });
    await predictor.dispose();
  });

  it('leaves the description that nnU-Net leaves', () => {
    for (const name of ['plans.json', 'dataset.json']) {
      const [own, theirs] = [output, model].map((folder) => JSON.parse(fs.readFileSync(join(folder, name), 'utf8')));
      assert.deepEqual(own, theirs);
    }
    assert.ok(fs.existsSync(join(output, 'predict_from_raw_data_args.json')));
  });
});

function listed(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}
