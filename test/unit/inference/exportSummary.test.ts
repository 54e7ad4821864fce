import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeOnnx } from '../../../src/inference/export/encodeModel';
import { GraphBuilder, type Graph } from '../../../src/inference/export/graph';
import { readOnnxSummary } from '../../../src/inference/export/summary';
import { floatOfHalf, halfOfFloat } from '../../../src/inference/export/tensorValues';
import {
  metadataKey,
  modelMetadataText,
  parseModelMetadata,
  readModelMetadata,
  type ModelMetadata,
} from '../../../src/inference/modelMetadata';
import { toyMetadata } from './toyModel';

let folder: string;
let file: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nnunet-summary-'));
  file = join(folder, 'model.onnx');
});
after(() => rm(folder, { recursive: true }));

function doubling(): Graph {
  const builder = new GraphBuilder();
  const two = builder.floats('two', [2]);
  builder.node('Mul', 'double', ['image', two], { word: { text: 'é' }, sizes: { integers: [-1, 2 ** 40] } }, 'logits');
  const shape = ['batch', 1, 'z', 'y', 'x'];
  return {
    name: 'doubling',
    nodes: builder.nodes,
    weights: builder.weights,
    input: { name: 'image', shape },
    output: { name: 'logits', shape },
  };
}

function write(metadata: Record<string, string>): Promise<{ bytes: number }> {
  const header = { operatorSet: 17, producer: 'test', producerVersion: '1.2', documentation: 'Doubles é.', metadata };
  return writeOnnx(file, header, doubling());
}

const metadata = (): ModelMetadata => toyMetadata() as unknown as ModelMetadata;

function filesOfEndlessParts(bytes: number): Record<string, Buffer> {
  const length = (count: number): number[] => (count < 128 ? [count] : [(count % 128) + 128, ...length(count >> 7)]);
  const message = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([tag, ...length(content.length)]), content]);
  const parts = Buffer.alloc(bytes, Buffer.from([0x50, 0x01]));
  const small = Array.from({ length: bytes / 200 }, () => parts.subarray(0, 200));
  const large = [0, 1, 2].map(() => parts.subarray(0, bytes / 3));
  return {
    'the version again and again': Buffer.alloc(bytes, Buffer.from([0x08, 0x08])),
    'what is unknown': parts,
    'nodes of many parts': message(0x3a, Buffer.concat(small.map((part) => message(0x0a, part)))),
    'inputs of many parts': message(0x3a, Buffer.concat(large.map((part) => message(0x5a, part)))),
    'a weight with a million sizes': message(
      0x3a,
      message(0x2a, Buffer.concat(small.map((part) => message(0x0a, part)))),
    ),
  };
}

describe('the summary of an .onnx file', () => {
  it('tells what was written', async () => {
    const { bytes } = await write({ [metadataKey]: 'text', __proto__x: 'y' });
    assert.deepEqual(await readOnnxSummary(file), {
      file,
      bytes,
      irVersion: 8,
      operatorSets: { '': 17 },
      producer: 'test',
      producerVersion: '1.2',
      documentation: 'Doubles é.',
      graphName: 'doubling',
      metadata: { [metadataKey]: 'text', __proto__x: 'y' },
      inputs: [{ name: 'image', type: 'float32', shape: ['batch', 1, 'z', 'y', 'x'] }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 1, 'z', 'y', 'x'] }],
      operators: { Mul: 1 },
      weights: 1,
      weightBytes: 4,
      weightTypes: ['float32'],
      hasExternalWeights: false,
    });
  });

  it('refuses a file that is cut off anywhere, or is something else', async () => {
    const { bytes } = await write({ [metadataKey]: 'text' });
    for (let length = bytes - 1; length >= 0; length -= 3) {
      await truncate(file, length);
      await assert.rejects(readOnnxSummary(file), { code: 'model-damaged' }, `${length} bytes`);
    }
    for (const content of ['', 'PK\x03\x04 a zip', Buffer.alloc(1000, 0xff), Buffer.alloc(1000), '{"a": 1}']) {
      await writeFile(file, content);
      await assert.rejects(readOnnxSummary(file), { code: 'model-damaged' });
    }
  });

  it('gives up on files made of endless parts, in time that grows no faster than they do', async () => {
    const [some, many] = [filesOfEndlessParts(100_000), filesOfEndlessParts(1_000_000)];
    for (const [name, content] of Object.entries(many)) {
      await processorTime(some[name]!); // the first one compiles
      const [short, long] = [await processorTime(some[name]!), await processorTime(content)];
      assert.ok(long < 40 * Math.max(short, 1), `${name}: ${long} ms, a tenth of it: ${short} ms`);
    }
    /** Of refusing it, ms: what else the machine does must not decide. */
    async function processorTime(content: Buffer): Promise<number> {
      await writeFile(file, content);
      const start = process.cpuUsage();
      await assert.rejects(readOnnxSummary(file), { code: 'model-damaged' });
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    }
  });

  it('does not load a file of a gigabyte', async () => {
    // A graph whose only weight is a hole in the file.
    const length = 2 ** 30;
    const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)]);
    const weight = [0x08, ...varint(2 ** 28), 0x10, 1, 0x4a, ...varint(length)];
    const graph = [0x2a, ...varint(weight.length + length), ...weight];
    await writeFile(file, Buffer.from([0x08, 8, 0x3a, ...varint(graph.length + length), ...graph]));
    await truncate(file, 2 + 1 + varint(graph.length + length).length + graph.length + length);
    const before = process.memoryUsage().rss;
    const { weights, weightBytes } = await readOnnxSummary(file);
    assert.deepEqual([weights, weightBytes], [2 ** 28, length]);
    assert.ok(process.memoryUsage().rss - before < 100 * 2 ** 20);
  });
});

describe('the metadata of a model', () => {
  it('come back as they were written, without the lists of files', async () => {
    const given = metadata();
    const withFiles = { ...given.datasetJson, dataset: { case1: { images: ['/home/x/a.nii.gz'], label: 'b' } } };
    const text = modelMetadataText({ ...given, datasetJson: withFiles as never, licence: 'MIT' });
    assert.ok(!text.includes('/home/x'));
    await write({ [metadataKey]: text });
    const found = (await readModelMetadata(file))!;
    assert.deepEqual([found.datasetName, found.licence, found.patchSize], ['Dataset001_Toy', 'MIT', [8, 8, 8]]);
    assert.deepEqual({ ...found.datasetJson }, { ...given.datasetJson });
  });

  it('are absent from models of other programs', async () => {
    await write({ author: 'someone' });
    assert.equal(await readModelMetadata(file), undefined);
  });

  it('are refused where they contradict plans and labels, are from a newer version, or of the wrong type', () => {
    const refused = (change: Record<string, unknown>, code: string): void => {
      const text = JSON.stringify({ ...metadata(), ...change });
      assert.throws(() => parseModelMetadata(text, 'model.onnx'), { code }, JSON.stringify(change));
    };
    refused({ version: 2 }, 'metadata-newer');
    for (const change of [
      { version: 0 },
      { heads: 5 },
      { dims: 2 },
      { patchSize: [1e9, 8, 8] },
      { inputChannels: 3 },
      { imageChannels: '1' },
      { mirrorAxes: [0, 0] },
      { mirrorAxes: [3] },
      { folds: [] },
      { folds: ['../x'] },
      { precision: 'fp8' },
      { configuration: 5 },
      { licence: 7 },
      { labelColours: { bright: 'red;' } },
    ]) {
      refused(change, 'metadata-invalid');
    }
    refused({ plans: [] }, 'plans-invalid');
    refused({ configuration: '__proto__' }, 'configuration-unknown');
    assert.throws(() => parseModelMetadata('{', 'model.onnx'), { name: 'JsonError' });
    assert.throws(() => parseModelMetadata('[]', 'model.onnx'), { code: 'metadata-invalid' });
  });
});

describe('half precision', () => {
  it('keeps every half number, rounds the others to the nearest and large ones to the largest', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 0x7c00) === 0x7c00) continue;
      assert.equal(halfOfFloat(floatOfHalf(bits)), bits);
    }
    assert.equal(floatOfHalf(halfOfFloat(1 + 2 ** -11)), 1);
    assert.equal(floatOfHalf(halfOfFloat(1 + 3 * 2 ** -11)), 1 + 2 ** -9);
    assert.equal(floatOfHalf(halfOfFloat(0.1)), 0.0999755859375);
    assert.equal(floatOfHalf(halfOfFloat(1e6)), 65504);
    assert.equal(floatOfHalf(halfOfFloat(3e-8)), 2 ** -25 > 3e-8 ? 0 : 2 ** -24);
    assert.ok(Number.isNaN(floatOfHalf(halfOfFloat(NaN))));
  });
});
