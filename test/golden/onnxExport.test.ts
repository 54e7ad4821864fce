import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { networkOf } from '../../src/engine/checkpointFit';
import { SafetensorsFile } from '../../src/engine/safetensors';
import { activationRanges } from '../../src/inference/export/calibrate';
import { writeOnnx } from '../../src/inference/export/encodeModel';
import type { Graph } from '../../src/inference/export/graph';
import { withHalfWeights } from '../../src/inference/export/halfWeights';
import { quantisedTensors, withInt8 } from '../../src/inference/export/int8';
import { modelGraph } from '../../src/inference/export/modelGraph';
import { withSliceLayers } from '../../src/inference/export/sliceLayers';
import { readOnnxSummary } from '../../src/inference/export/summary';
import { readModelMetadata } from '../../src/inference/modelMetadata';
import { inProcessorForm } from '../../src/inference/processorForm';
import type { ArchKwargs } from '../../src/method/networkPlan';
import { readModel } from '../../src/pipeline/modelFolder';
import { exportOnnxStage } from '../../src/pipeline/prediction/exportOnnx';
import { describeChosen } from '../../src/vscode/prediction/describeChosen';
import { describeShared, sharedPath } from '../shared';
import {
  batchNormVariants,
  nativeLogits,
  randomVolume,
  variants,
  writeRandomWeights,
  type Variant,
} from './onnxExportVariants';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nnunet onnx é-'));
});
after(() => rm(folder, { recursive: true }));

const header = { operatorSet: 17, producer: 'test', producerVersion: '1', documentation: '', metadata: {} };

async function exported(
  name: string,
  { network }: Variant,
  checkpoints: string[],
  change: (graph: Graph) => Graph = (graph) => graph,
): Promise<string> {
  const file = join(folder, `${name}.onnx`);
  const opened = await Promise.all(checkpoints.map((checkpoint) => SafetensorsFile.open(checkpoint)));
  try {
    const folds = opened.map(({ tensors }, index) => ({ name: `fold_${index}`, network, tensors }));
    await writeOnnx(file, header, change(modelGraph(name, folds)));
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

    if (variant.patch.length === 2) continue;
    it(`for ${variant.name}, as layers over slices`, async () => {
      const weights = join(folder, `${index}.safetensors`);
      const shape = [2, variant.network.inputChannels, ...variant.patch];
      const images = Float32Array.from([...volumeOf(variant, 1), ...volumeOf(variant, 2)]);
      const logits = await run(await exported(`whole ${index}`, variant, [weights]), images, shape);
      const change = (graph: Graph): Graph => withSliceLayers(graph, variant.patch)!;
      const sliced = await run(await exported(`slices ${index}`, variant, [weights], change), images, shape);
      assert.deepEqual(sliced.dims, logits.dims);
      const worst = worstDifference(sliced.data as Float32Array, logits.data as Float32Array);
      assert.ok(worst < 1e-4, `logits differ by ${worst}`);
    });
  }

  it('for the mean of several folds', async () => {
    const [variant] = variants;
    const weights = [7, 8, 9].map((seed) => join(folder, `fold ${seed}.safetensors`));
    for (const [index, file] of weights.entries()) await writeRandomWeights(file, variant!.network, index);
    const image = volumeOf(variant!, 77);
    const file = await exported('folds', variant!, weights);
    const logits = await run(file, image, [1, 1, ...variant!.patch]);
    const native = await nativeLogits(folder, variant!, weights, image);
    assert.ok(worstDifference(logits.data as Float32Array, native) < 1e-3);
    const [alone] = await Promise.all([exported('alone', variant!, weights.slice(0, 1))]);
    const one = await run(alone!, image, [1, 1, ...variant!.patch]);
    assert.ok(worstDifference(one.data as Float32Array, native) > 1e-2, 'one fold is as good as three');
  });
});

describe('an exported network', () => {
  const variant = variants[3]!;
  let weights: string;
  before(async () => {
    weights = join(folder, 'weights.safetensors');
    await writeRandomWeights(weights, variant.network, 5);
  });

  it('takes any number of images of any size that the strides divide', async () => {
    const file = await exported('dynamic', variant, [weights]);
    const shape = [8, 16, 12];
    const voxels = 8 * 16 * 12;
    const both = randomVolume(2 * voxels, 3);
    const together = await run(file, both, [2, 1, ...shape]);
    assert.deepEqual(together.dims, [2, 3, ...shape]);
    const second = await run(file, both.slice(voxels), [1, 1, ...shape]);
    const half = (together.data as Float32Array).subarray(3 * voxels);
    assert.ok(worstDifference(second.data as Float32Array, half) < 1e-5);
  });

  it('with weights in half precision is little more than half as large and nearly as exact', async () => {
    const full = await exported('full', variant, [weights]);
    const half = await exported('half', variant, [weights], withHalfWeights);
    assert.ok((await stat(half)).size < 0.62 * (await stat(full)).size);
    const image = volumeOf(variant, 4);
    const shape = [1, 1, ...variant.patch];
    const [a, b] = [await run(full, image, shape), await run(half, image, shape)];
    const worst = worstDifference(a.data as Float32Array, b.data as Float32Array);
    assert.ok(worst < 1e-2 && worst > 0, `logits differ by ${worst}`);
  });

  for (const [name, change] of [
    ['full', (graph: Graph) => graph],
    ['half', withHalfWeights],
  ] as const) {
    it(`with ${name} precision becomes layers over slices where a processor opens it`, async () => {
      const file = await exported(`opened ${name}`, variant, [weights, weights], change);
      const faster = join(folder, `opened ${name} faster.onnx`);
      await writeFile(faster, (await inProcessorForm(file, variant.patch))!);
      assert.deepEqual((await readOnnxSummary(faster)).inputs[0]!.shape, ['batch', 1, ...variant.patch]);
      const image = volumeOf(variant, 4);
      const shape = [1, 1, ...variant.patch];
      const [a, b] = [await run(file, image, shape), await run(faster, image, shape)];
      assert.ok(worstDifference(a.data as Float32Array, b.data as Float32Array) < 1e-4);
    });
  }

  it('stays as it is where it has no such form, or is no model', async () => {
    const ofSlices = variants[2]!;
    const flat = join(folder, 'flat.safetensors');
    await writeRandomWeights(flat, ofSlices.network, 5);
    assert.equal(await inProcessorForm(await exported('flat', ofSlices, [flat]), ofSlices.patch), undefined);
    const softmax = { operator: 'Softmax', name: 'softmax', inputs: ['logits'], outputs: ['more'], attributes: {} };
    const more = (graph: Graph): Graph => ({
      ...graph,
      nodes: [...graph.nodes, softmax],
      output: { ...graph.output, name: 'more' },
    });
    assert.equal(await inProcessorForm(await exported('more', variant, [weights], more), variant.patch), undefined);
    assert.equal(await inProcessorForm(weights, variant.patch), undefined);
  });

  it('stays as it is where the memory would not do for as many models', async () => {
    const file = await exported('many', variant, [weights]);
    assert.ok(await inProcessorForm(file, variant.patch, 5));
    assert.equal(await inProcessorForm(file, variant.patch, 1e9), undefined);
  });

  for (const one of [variants[1]!, variants[5]!, ...batchNormVariants]) {
    it(`in 8 bits gives nearly the same logits: ${one.name}`, async () => {
      const checkpoint = join(folder, 'int8 weights.safetensors');
      await writeRandomWeights(checkpoint, one.network, 8);
      let names: string[] = [];
      const inner = await exported('inner', one, [checkpoint, checkpoint], (graph) => {
        names = quantisedTensors(graph);
        return { ...graph, innerOutputs: names };
      });
      const image = volumeOf(one, 21);
      const shape = [one.network.inputChannels, ...one.patch];
      const ranges = await activationRanges(inner, names, { shape, data: [image] });
      const int8 = await exported('int8', one, [checkpoint, checkpoint], (graph) => withInt8(graph, ranges));
      const [exact, rounded] = [await run(inner, image, [1, ...shape]), await run(int8, image, [1, ...shape])];
      const [a, b] = [exact.data as Float32Array, rounded.data as Float32Array];
      const error = Math.sqrt(a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0) / a.length);
      const size = Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0) / a.length);
      assert.ok(error > 0 && error < 0.05 * size, `an error of ${error} in logits of ${size}`);
    });
  }

  it('has its batch normalisation in the weights of the convolutions', async () => {
    const { network } = batchNormVariants[0]!;
    const file = join(folder, 'batch norm.safetensors');
    await writeRandomWeights(file, network, 6);
    const checkpoint = await SafetensorsFile.open(file);
    try {
      const { nodes, weights: exportedWeights } = modelGraph('test', [
        { name: 'fold_0', network, tensors: checkpoint.tensors },
      ]);
      assert.ok(!nodes.some(({ operator }) => /Normalization/.test(operator)));
      const unit = 'encoder.stages.1.0.convs.0';
      const floats = async (name: string) => new Float32Array((await checkpoint.tensors.get(name)!.read()).buffer);
      const [kernel, bias, gain, shift, mean, variance] = await Promise.all(
        ['conv.weight', 'conv.bias', 'norm.weight', 'norm.bias', 'norm.running_mean', 'norm.running_var'].map((name) =>
          floats(`${unit}.${name}`),
        ),
      );
      const exportedFloats = async (name: string): Promise<Float32Array> => {
        const bytes = await exportedWeights.find((weight) => weight.name === name)!.read();
        return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
      };
      const [foldedKernel, foldedBias] = await Promise.all(
        ['weight', 'bias'].map((name) => exportedFloats(`${unit}.conv.${name}`)),
      );
      // On an input of ones, without padding, a convolution gives the sum of its weights.
      const sumOf = (values: Float32Array, channel: number): number => {
        const size = values.length / bias!.length;
        return values.subarray(channel * size, (channel + 1) * size).reduce((sum, value) => sum + value, 0);
      };
      for (let c = 0; c < bias!.length; c++) {
        const normalised = (sumOf(kernel!, c) + bias![c]! - mean![c]!) / Math.sqrt(variance![c]! + 1e-5);
        const expected = normalised * gain![c]! + shift![c]!;
        assert.ok(Math.abs(sumOf(foldedKernel!, c) + foldedBias![c]! - expected) < 1e-4);
      }
    } finally {
      await checkpoint.close();
    }
  });

  it('is refused where ONNX has no layer for it', () => {
    for (const change of [{ nonlin_first: true }, { nonlin: 'torch.nn.GELU' }, { norm_op: 'torch.nn.LayerNorm' }]) {
      const network = {
        ...variant.network,
        archKwargs: { ...variant.network.archKwargs, ...change } as ArchKwargs,
      };
      assert.throws(() => modelGraph('test', [{ name: 'fold_0', network, tensors: new Map() }]), {
        code: 'export-unsupported',
      });
    }
  });

  it('is refused before it is written where it would be larger than ONNX allows', async () => {
    const file = join(folder, 'huge.onnx');
    const huge = (graph: Graph): Graph => ({
      ...graph,
      weights: [
        ...graph.weights,
        { name: 'huge', type: 'float32', shape: [2 ** 29], read: () => Promise.reject(new Error('not to be read')) },
      ],
    });
    await assert.rejects(exported('huge', variant, [weights], huge), { code: 'model-too-large' });
    await assert.rejects(stat(file), { code: 'ENOENT' });
  });
});

describeShared("nnU-Net's own checkpoint as .onnx", () => {
  const model = sharedPath('spec/golden/nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small');

  it('says what nnU-Net knows of it, and nothing of its files', async () => {
    const output = join(folder, 'toy.onnx');
    const result = await exportOnnxStage({ modelFolder: model, output, licence: 'CC-BY-4.0', author: 'A. Author' });
    assert.deepEqual([result.folds, result.configuration, result.bytes], [[0], '3d_small', (await stat(output)).size]);
    const summary = await readOnnxSummary(output);
    assert.deepEqual(summary.inputs, [{ name: 'image', type: 'float32', shape: ['batch', 2, 'z', 'y', 'x'] }]);
    assert.deepEqual(summary.outputs, [{ name: 'logits', type: 'float32', shape: ['batch', 3, 'z', 'y', 'x'] }]);
    assert.match(summary.documentation, /Dataset777_Toy, configuration 3d_small, fold 0/);
    assert.equal(summary.operatorSets[''], 17);
    const metadata = (await readModelMetadata(output))!;
    assert.deepEqual(
      [metadata.mirrorAxes, metadata.heads, metadata.imageChannels, metadata.precision, metadata.licence],
      [[0, 1, 2], 3, 2, 'fp32', 'CC-BY-4.0'],
    );
    const plans = JSON.parse(await readFile(join(model, 'plans.json'), 'utf8')) as unknown;
    assert.deepEqual(JSON.parse(JSON.stringify(metadata.plans)), plans);
    assert.equal('dataset' in metadata.datasetJson, false);
    const session = await InferenceSession.create(output);
    assert.deepEqual(session.inputNames, ['image']);
    await session.release();
  });

  it("takes the dataset's colours of labels along", async () => {
    const copy = join(folder, 'Dataset777_Toy', 'nnUNetTrainer__nnUNetPlans__3d_small');
    await cp(model, copy, { recursive: true });
    const datasetJson = JSON.parse(await readFile(join(model, 'dataset.json'), 'utf8')) as { labels: object };
    const [, name] = Object.keys(datasetJson.labels);
    await writeFile(
      join(copy, 'dataset.json'),
      JSON.stringify({ ...datasetJson, label_colours: { [name!]: '#FF8000' } }),
    );
    const output = join(folder, 'coloured.onnx');
    await exportOnnxStage({ modelFolder: copy, output });
    assert.deepEqual((await readModelMetadata(output))!.labelColours, { [name!]: '#ff8000' });
    const { labels } = await describeChosen(output);
    assert.deepEqual(labels[0]!.colour, [255, 128, 0]);
    assert.equal(labels[1]!.colour, undefined);
  });

  it("in 8 bits, a cascade's second stage is measured with the masks of the first", async () => {
    const cascade = join(folder, 'Dataset777_Toy', 'nnUNetTrainer__nnUNetPlans__cascade');
    await mkdir(join(cascade, 'fold_0'), { recursive: true });
    await cp(join(model, 'dataset.json'), join(cascade, 'dataset.json'));
    const plans = JSON.parse(await readFile(join(model, 'plans.json'), 'utf8')) as {
      configurations: Record<string, object>;
    };
    plans.configurations.cascade = { inherits_from: '3d_small', previous_stage: '3d_fullres' };
    await writeFile(join(cascade, 'plans.json'), JSON.stringify(plans));
    const checkpoint = join(cascade, 'fold_0', 'checkpoint_final.safetensors');
    const read = await readModel(cascade, { configuration: 'cascade' });
    await writeRandomWeights(checkpoint, networkOf(read.plans, read.datasetJson, 'cascade'), 9);
    const output = join(folder, 'cascade.onnx');
    const raw = sharedPath('spec/golden/nnUNet_raw/Dataset777_Toy');
    const options = { modelFolder: cascade, output, precision: 'int8', calibrate: [join(raw, 'imagesTr')] } as const;
    await assert.rejects(exportOnnxStage(options), { code: 'previous-stage-missing' });
    const { measuredDice } = await exportOnnxStage({ ...options, previousStageFolder: join(raw, 'labelsTr') });
    assert.equal(measuredDice!.cases, 6);
    assert.ok(measuredDice!.agreement > 0.8, `${measuredDice!.agreement}`);
    assert.equal((await readModelMetadata(output))!.inputChannels, 4);
  });

  it('is refused for a fold that is not trained', async () => {
    const output = join(folder, 'none.onnx');
    await assert.rejects(exportOnnxStage({ modelFolder: model, folds: [3], output }), { code: 'fold-not-trained' });
    await assert.rejects(stat(output), { code: 'ENOENT' });
  });
});
