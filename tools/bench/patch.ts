/**
 * How fast patches go through ONNX Runtime, beside the fastest convolution that it computes on this chip: many channels, 2D, no
 * layer between. Arguments: model.onnx, threads. Prints JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFile } from '../../src/storage/fileBytes';
import { readGraph } from '../../src/inference/export/decodeModel';
import { writeOnnx } from '../../src/inference/export/encodeModel';
import { bytesOf, GraphBuilder } from '../../src/inference/export/graph';
import { operatorSet } from '../../src/inference/export/onnxSchema';
import { ProtobufFile } from '../../src/inference/export/protobufFile';
import { OnnxNetwork } from '../../src/inference/session';
import type { Configuration } from '../../src/method/plans';
import { describeModel } from '../../src/pipeline/prediction/predictModel';
import { median } from './measure.mjs';

const repetitions = 9;
const side = 96;

async function main([file, threadsText]: string[]): Promise<void> {
  const threads = Number(threadsText);
  const described = await describeModel([file!]);
  if (described.kind !== 'nnunet') throw new TypeError(`${file} was not exported here`);
  const { model } = described;
  const patch = model.configuration.patch_size;
  const network = await OnnxNetwork.open(file!, { provider: 'cpu', threads, patch });
  const seconds = await secondsOf(network, [1, model.inputChannels, ...patch]);
  const speed = (await operationsOf(file!, model.configuration)) / seconds;
  const peaks: number[] = [];
  for (const channels of [64, 128, 256]) peaks.push(await convolutionSpeed(channels, threads));
  console.log(JSON.stringify({ seconds, threads, speed, peak: Math.max(...peaks) }));
}

/** Multiplications with additions of one patch: each weight once for every voxel of its stage. */
async function operationsOf(file: string, { architecture, patch_size }: Configuration): Promise<number> {
  const { strides } = architecture.arch_kwargs;
  let voxels = patch_size.reduce((product, size) => product * size, 1);
  const voxelsOf = strides.map((stride) => (voxels /= stride.reduce((product, step) => product * step, 1)));
  const deepest = strides.length - 1;
  const graph = await withFile(file, (handle, bytes) => readGraph(new ProtobufFile(handle, bytes)));
  const weights = graph!.weights.filter(({ shape }) => shape.length > 2);
  return weights.reduce((sum, { name, shape }) => {
    const [, part, place] = /(encoder\.stages|decoder\.transpconvs|decoder\.\w+)\.(\d+)/.exec(name) ?? [];
    const stage = { 'encoder.stages': Number(place), 'decoder.transpconvs': deepest - Number(place) }[part!];
    const count = shape.reduce((product, size) => product * size, 1);
    return sum + count * voxelsOf[stage ?? deepest - 1 - Number(place)]!;
  }, 0);
}

/** Multiplications with additions a second. */
async function convolutionSpeed(channels: number, threads: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'nnunet-peak-'));
  try {
    const file = join(folder, 'convolution.onnx');
    const builder = new GraphBuilder();
    const shape = [channels, channels, 3, 3];
    const weight = builder.weight('weight', shape, async () => bytesOf(random(channels * channels * 9)));
    const attributes = { kernel_shape: { integers: [3, 3] }, pads: { integers: [1, 1, 1, 1] } };
    const size = [1, channels, side, side];
    builder.node('Conv', 'convolution', ['image', weight], attributes, 'result');
    const [input, output] = [
      { name: 'image', shape: size },
      { name: 'result', shape: size },
    ];
    const { nodes, weights } = builder;
    await writeOnnx(file, { operatorSet }, { name: 'convolution', nodes, weights, input, output });
    const seconds = await secondsOf(await OnnxNetwork.open(file, { provider: 'cpu', threads }), size);
    return (channels * channels * 9 * side * side) / seconds;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function secondsOf(network: OnnxNetwork, shape: number[]): Promise<number> {
  const image = random(shape.reduce((product, size) => product * size, 1));
  await network.run(image, shape);
  const seconds: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const start = performance.now();
    await network.run(image, shape);
    seconds.push((performance.now() - start) / 1000);
  }
  await network.release();
  return median(seconds);
}

function random(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => Math.random() - 0.5);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
