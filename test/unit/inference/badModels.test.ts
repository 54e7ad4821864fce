import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { NnunetError } from '../../../src/method/errors';
import { PredictionWorker } from '../../../src/pipeline/prediction/predictClient';
import type { OpenTask } from '../../../src/pipeline/prediction/predictMessages';
import { openPredictor } from '../../../src/pipeline/prediction/predictor';
import { predictOnce } from './predictOnce';
import { thresholdModel, toyMetadata, writeBall } from './toyModel';
import { floats, integers, node, pointwise, value, writeModel } from './tinyModel';

const free = ['batch', 1, 'z', 'y', 'x'];
const inputs = [value('image', free)];
const outputs = [value('logits', ['batch', 2, 'z', 'y', 'x'])];
const weights = floats('w', [2, 1, 1, 1, 1], [0, 1]);
const conv = node('Conv', ['image', 'w'], ['logits']);

describe('models that can not be used', () => {
  let folder: string;
  let image: string;
  const path = (name: string): string => join(folder, name);

  before(async () => {
    folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-bad-models-'));
    image = path('image.nii.gz');
    await writeBall(image, [12, 12, 12]);
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  async function failureOf(model: string): Promise<NnunetError> {
    const error: unknown = await predictOnce({ model, images: [image], threads: 1, provider: 'cpu' }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof NnunetError, `one error for people, not ${String(error)}`);
    assert.ok(!error.oneLine.includes('\n') && error.hint !== '' && error.message.length < 400, error.oneLine);
    return error;
  }

  it('names the file where it is damaged', async () => {
    const good = fs.readFileSync(thresholdModel(path('good.onnx'), 4));
    // The graph lies before the metadata: cut out of it, the file still tells what it was made for.
    const holed = Buffer.concat([good.subarray(0, 20), randomBytes(40), good.subarray(60)]);
    const files: Record<string, Buffer> = {
      'half.onnx': good.subarray(0, good.length / 2),
      'random.onnx': randomBytes(4096),
      'empty.onnx': Buffer.alloc(0),
      'holed.onnx': holed,
      'zeros.onnx': Buffer.alloc(4096),
    };
    for (const [name, bytes] of Object.entries(files)) {
      fs.writeFileSync(path(name), bytes);
      const error = await failureOf(path(name));
      assert.match(error.where ?? '', new RegExp(name), error.oneLine);
    }
    assert.match((await failureOf(path('none.onnx'))).where ?? '', /none\.onnx/);
    fs.mkdirSync(path('folder.onnx'));
    await failureOf(path('folder.onnx'));
  });

  it('reads no weights from outside the folder of the model', async () => {
    fs.writeFileSync(path('secret.bin'), Buffer.alloc(64));
    fs.mkdirSync(path('inner'), { recursive: true });
    for (const external of ['../secret.bin', '/etc/passwd', path('secret.bin')]) {
      const model = writeModel(path('inner/external.onnx'), {
        nodes: [conv],
        initializers: [floats('w', [2, 1, 1, 1, 1], [0, 1], { external })],
        inputs,
        outputs,
        metadata: toyMetadata(),
      });
      assert.equal((await failureOf(model)).code, 'model-damaged');
    }
  });

  it('refuses a graph that does not fit its description', async () => {
    const flat = pointwise(path('flat.onnx'), [[0], [1]], toyMetadata(), { rank: 4 });
    assert.equal((await failureOf(flat)).code, 'model-unfit');
    const channels = pointwise(
      path('channels.onnx'),
      [
        [0, 0, 0],
        [1, 0, 0],
      ],
      toyMetadata(),
    );
    assert.equal((await failureOf(channels)).code, 'model-unfit');
    const heads = pointwise(path('heads.onnx'), [[0], [1], [2]], toyMetadata());
    assert.equal((await failureOf(heads)).code, 'model-unfit');
    const smaller = writeModel(path('smaller.onnx'), {
      nodes: [
        node('MaxPool', ['image'], ['pooled'], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }),
        node('Conv', ['pooled', 'w'], ['logits']),
      ],
      initializers: [weights],
      inputs,
      outputs,
      metadata: toyMetadata(),
    });
    assert.equal((await failureOf(smaller)).code, 'model-unfit');
  });

  it('refuses sizes that no memory holds', async () => {
    const dims = writeModel(path('dims.onnx'), {
      nodes: [conv],
      initializers: [floats('w', [], [0, 1], { dims: [2 ** 40, 2 ** 40, 1, 1, 1] })],
      inputs,
      outputs,
      metadata: toyMetadata(),
    });
    await failureOf(dims);
    const bomb = writeModel(path('bomb.onnx'), {
      nodes: [
        node('Conv', ['image', 'w'], ['c']),
        node('ConstantOfShape', ['n'], ['big']),
        node('ReduceSum', ['big'], ['sum'], {}),
        node('Add', ['c', 'sum'], ['logits']),
      ],
      initializers: [weights, integers('n', [2 ** 50])],
      inputs,
      outputs,
      metadata: toyMetadata(),
    });
    assert.ok(['out-of-memory', 'model-failed', 'model-damaged'].includes((await failureOf(bomb)).code));
    const patch = pointwise(path('patch.onnx'), [[0], [1]], toyMetadata({ patch: [2 ** 20, 2 ** 20, 2 ** 20] }));
    await failureOf(patch);
  });

  it('says of a model of another program what it lacks', async () => {
    const error = await failureOf(pointwise(path('foreign.onnx'), [[0], [1]]));
    assert.equal(error.code, 'model-foreign');
    assert.match(error.hint, /foreign\.onnx\.json/);
  });

  it('survives a worker that is killed, and says so', async () => {
    const worker = new PredictionWorker();
    const models = [thresholdModel(path('killed.onnx'), 4)];
    await worker.open({ task: 'open', models, provider: 'cpu', threads: 1 });
    const request = { id: 'a', images: [image], mirroring: true, stepSize: 0.01, threads: 1 };
    const prediction = worker.predict({ task: 'predict', request, returnLabels: true });
    process.kill(worker.pid!, 'SIGSEGV');
    await assert.rejects(prediction, { code: 'inference-lost' });
    await assert.rejects(worker.predict({ task: 'predict', request, returnLabels: true }), { code: 'inference-lost' });
    await worker.dispose();
  });

  it('ends the worker at once when it is cancelled', async () => {
    const large = path('large.nii.gz');
    await writeBall(large, [40, 40, 40]);
    for (const isolation of ['process', 'thread'] as const) {
      const stop = new AbortController();
      const predictor = await openPredictor({ model: path('killed.onnx'), threads: 1, isolation });
      let seen = 0;
      const prediction = predictor.predict({
        images: [large],
        stepSize: 0.1,
        signal: stop.signal,
        onProgress: ({ done }) => {
          seen += 1;
          if (done > 20) stop.abort(new Error('enough'));
        },
      });
      await assert.rejects(prediction, /enough/);
      const before = seen;
      await predictor.dispose();
      await sleep(50);
      assert.equal(seen, before, 'nothing comes any more');
      await assert.rejects(predictor.predict({ images: [large] }), /enough/);
    }
  });

  it('leaves nothing running behind, ended or cancelled', async () => {
    const task: OpenTask = { task: 'open', models: [path('killed.onnx')], provider: 'cpu', threads: 1 };
    const worker = new PredictionWorker();
    await worker.open(task);
    await worker.dispose();
    const cancelled = new PredictionWorker();
    await cancelled.open(task);
    const stop = new AbortController();
    const request = { id: 'a', images: [path('large.nii.gz')], mirroring: true, stepSize: 0.1, threads: 1 };
    const prediction = cancelled.predict({ task: 'predict', request, returnLabels: true }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(prediction, /enough/);
    await cancelled.dispose();
    for (const { pid } of [worker, cancelled]) assert.throws(() => process.kill(pid!, 0), { code: 'ESRCH' });
  });
});
