import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { networkTensors, type NetworkDescription } from '../../../src/engine/parameterNames';
import { SafetensorsFile, writeSafetensors, type TensorSource } from '../../../src/engine/safetensors';
import { writeStartingWeights, type StartingPlaces } from '../../../src/engine/startingWeights';
import { architectureFor } from '../../../src/method/networkPlan';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starting-weights-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { network_class_name: className, arch_kwargs: archKwargs } = architectureFor({
  networkClass: 'PlainConvUNet',
  features: [2, 3, 4],
  kernelSizes: [
    [3, 3],
    [3, 3],
    [3, 3],
  ],
  strides: [
    [1, 1],
    [2, 2],
    [2, 2],
  ],
  encoderDepths: [1, 1, 1],
  decoderDepths: [1, 1],
});
const network = (inputChannels: number, outputChannels: number): NetworkDescription => ({
  ...{ className, archKwargs, inputChannels, outputChannels },
});
const first = 'encoder.stages.0.0.convs.0.conv.weight';
const head = 'decoder.seg_layers.1.weight';

/** Of a training: every value tells its tensor and its place. */
async function writeTrained(description: NetworkDescription): Promise<SafetensorsFile> {
  const tensors = networkTensors(description).tensors.map(({ name, shape }, index): [string, TensorSource] => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, place) => index * 1000 + place);
    return [name, { dtype: 'float32', shape, read: () => Promise.resolve(new Uint8Array(values.buffer)) }];
  });
  tensors.push([`optimizer.momentum_buffer.${first}`, tensors[0]![1]]);
  const file = join(folder, 'trained.safetensors');
  await writeSafetensors(file, {}, new Map(tensors));
  return SafetensorsFile.open(file);
}

async function started(
  trained: SafetensorsFile,
  to: NetworkDescription,
  places: StartingPlaces,
): Promise<Map<string, number[]>> {
  const file = join(folder, 'start.safetensors');
  await writeStartingWeights(trained, to, places, file, () => 0.5);
  const result = await SafetensorsFile.open(file);
  try {
    const values = new Map<string, number[]>();
    for (const [name, tensor] of result.tensors) {
      const bytes = await tensor.read();
      values.set(name, [...new Float32Array(bytes.slice().buffer)]);
    }
    return values;
  } finally {
    await result.close();
  }
}

describe('the weights that a training starts with', () => {
  it('are those of the trained network, with inputs and outputs in the order of the new one', async () => {
    const trained = await writeTrained(network(2, 3));
    const places = { inputs: [1, 0], images: 2, outputs: [0, 2, 1] };
    const values = await started(trained, network(2, 3), places);
    await trained.close();
    assert.ok(![...values.keys()].some((name) => name.startsWith('optimizer.')));
    // (2 features, 2 channels, 9 values): the planes of the channels change places.
    const planes = Array.from({ length: 4 }, (_, plane) => values.get(first)!.slice(plane * 9, plane * 9 + 9));
    assert.deepEqual(
      planes.map((plane) => plane[0]),
      [9, 0, 27, 18],
    );
    const start = values.get(head)![0]!;
    assert.deepEqual(
      values.get(head),
      [0, 1, 4, 5, 2, 3].map((place) => start + place),
    );
    const body = 'encoder.stages.1.0.convs.0.conv.weight';
    assert.equal(values.get(body)!.length, 3 * 2 * 9);
  });

  it('are the mean of the trained channels for a new one, nothing for a label, and random for a new output', async () => {
    const trained = await writeTrained(network(2, 2));
    const places: StartingPlaces = { inputs: [0, 'mean', 'zero'], images: 2, outputs: [0, -1, 1] };
    const values = await started(trained, network(3, 3), places);
    await trained.close();
    const plane = (feature: number, input: number) => values.get(first)![(feature * 3 + input) * 9];
    assert.deepEqual([plane(0, 0), plane(0, 1), plane(0, 2)], [0, 4.5, 0]);
    assert.deepEqual([plane(1, 0), plane(1, 1), plane(1, 2)], [18, 22.5, 0]);
    const deviation = Math.sqrt(2 / 1.0001) / Math.sqrt(2);
    const rows = values.get(head)!;
    for (const value of rows.slice(2, 4)) assert.ok(Math.abs(value - 0.5 * deviation) < 1e-6);
    assert.deepEqual(rows.slice(4), [rows[0]! + 2, rows[0]! + 3]);
    const biases = values.get('decoder.seg_layers.1.bias')!;
    assert.deepEqual([biases[1], biases[2]! - biases[0]!], [0, 1]);
  });

  it('leave the heads out where no output is known', async () => {
    const trained = await writeTrained(network(1, 2));
    const values = await started(trained, network(1, 4), { inputs: [0], images: 1, outputs: [-1, -1, -1, -1] });
    await trained.close();
    assert.ok(![...values.keys()].some((name) => name.includes('seg_layers')));
  });

  it('are refused of another network, with what would help', async () => {
    const trained = await writeTrained(network(1, 2));
    const other = { ...network(1, 2), archKwargs: { ...archKwargs, features_per_stage: [2, 3, 5] } };
    await assert.rejects(started(trained, other, { inputs: [0], images: 1, outputs: [0, 1] }), {
      code: 'checkpoint-mismatch',
      hint: /move-plans/,
    });
    await trained.close();
  });
});
