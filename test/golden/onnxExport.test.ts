import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { SafetensorsFile } from '../../src/engine/safetensors';
import { writeOnnx } from '../../src/inference/export/encodeModel';
import { modelGraph } from '../../src/inference/export/modelGraph';
import { nativeLogits, randomVolume, variants, writeRandomWeights, type Variant } from './onnxExportVariants';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nnunet onnx é-'));
});
after(() => rm(folder, { recursive: true }));

const header = { operatorSet: 17, producer: 'test', producerVersion: '1', documentation: '', metadata: {} };

async function exported(name: string, { network }: Variant, checkpoints: string[]): Promise<string> {
  const file = join(folder, `${name}.onnx`);
  const opened = await Promise.all(checkpoints.map((checkpoint) => SafetensorsFile.open(checkpoint)));
  try {
    const folds = opened.map(({ tensors }, index) => ({ name: `fold_${index}`, network, tensors }));
    await writeOnnx(file, header, modelGraph(name, folds));
  } finally {
    for (const checkpoint of opened) await checkpoint.close();
  }
  return file;
}

async function run(file: string, image: Float32Array, shape: number[]): Promise<Tensor> {
  const session = await InferenceSession.create(file, { executionProviders: ['cpu'], logSeverityLevel: 3 });
  try {
    const { logits } = await session.run({ image: new Tensor('float32', image, shape) });
    return logits as Tensor;
  } finally {
    await session.release();
  }
}

function worstDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  let worst = 0;
  for (let at = 0; at < found.length; at++) worst = Math.max(worst, Math.abs(found[at]! - expected[at]!));
  return worst;
}

const volumeOf = ({ network, patch }: Variant, seed: number): Float32Array =>
  randomVolume(
    patch.reduce((product, size) => product * size, network.inputChannels),
    seed,
  );

describe('an exported network gives the logits of the native core', () => {
  for (const [index, variant] of variants.entries()) {
    it(`for ${variant.name}`, async () => {
      const weights = join(folder, `${index}.safetensors`);
      await writeRandomWeights(weights, variant.network, 100 + index);
      const image = volumeOf(variant, index);
      const file = await exported(`variant ${index}`, variant, [weights]);
      const logits = await run(file, image, [1, variant.network.inputChannels, ...variant.patch]);
      assert.deepEqual(logits.dims, [1, variant.network.outputChannels, ...variant.patch]);
      const native = await nativeLogits(folder, variant, [weights], image);
      const worst = worstDifference(logits.data as Float32Array, native);
      assert.ok(worst < 1e-3, `logits differ by ${worst}`);
      assert.ok(Math.max(...native.map(Math.abs)) > 0.2, 'the logits are too small to tell');
    });
  }
});
