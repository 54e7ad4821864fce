import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { inspectPth, pthToSafetensors, safetensorsToPth, type ModelIdentity } from '../../src/engine/checkpoint';
import { networkOf, requireFit } from '../../src/engine/checkpointFit';
import { parameterShapes } from '../unit/engine/parameterShapes';
import { readState } from '../../src/engine/checkpointState';
import { networkTensors } from '../../src/engine/parameterNames';
import { TensorReference, TorchDevice, toPlain, type PickleValue } from '../../src/engine/pickleValues';
import { PthFile } from '../../src/engine/pth';
import { SafetensorsFile } from '../../src/engine/safetensors';
import type { DatasetJson } from '../../src/method/datasetJson';
import { parseJson } from '../../src/method/jsonReader';
import type { Plans } from '../../src/method/plans';
import { describeShared, sharedPath } from '../shared';

const model = sharedPath('spec/golden/nnUNet_results/Dataset777_Toy/nnUNetTrainer__nnUNetPlans__3d_small');
type Dict = Map<PickleValue, PickleValue>;

let folder: string;
let identity: ModelIdentity;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
after(() => rm(folder, { recursive: true }));

/** Text of a value in which every tensor is replaced by its type, shape and bytes. */
async function content(value: PickleValue, pth: PthFile): Promise<string> {
  if (value instanceof TensorReference) {
    return `tensor ${value.dtype} (${value.shape.join()}) ${Buffer.from(await pth.tensor(value).read()).toString('base64')}`;
  }
  if (value instanceof TorchDevice) return `device ${value.type}`;
  if (value instanceof Map) {
    const entries = [];
    for (const [key, item] of value) entries.push(`${await content(key, pth)}: ${await content(item, pth)}`);
    return `{${entries.join(', ')}}`;
  }
  if (Array.isArray(value)) {
    const items = [];
    for (const item of value) items.push(await content(item, pth));
    return `${value.constructor.name}[${items.join(', ')}]`;
  }
  return JSON.stringify(value);
}

for (const kind of ['final', 'best']) {
  describeShared(`nnU-Net's checkpoint_${kind}.pth`, () => {
    const file = join(model, 'fold_0', `checkpoint_${kind}.pth`);
    const ours = () => join(folder, `${kind}.safetensors`);
    const back = () => join(folder, `${kind}.pth`);

    before(async () => {
      const read = async (name: string) => parseJson(await readFile(join(model, name), 'utf8'), name);
      identity = {
        plans: (await read('plans.json')) as Plans,
        datasetJson: (await read('dataset.json')) as DatasetJson,
        configuration: '3d_small',
        fold: 0,
        trainerName: 'nnUNetTrainer',
        mirroringAxes: [0, 1, 2],
      };
    });

    it('has the keys and shapes that the plans predict, in order', async () => {
      const pth = await PthFile.open(file);
      const weights = (pth.value as Dict).get('network_weights') as Dict;
      const network = networkOf(identity.plans, identity.datasetJson, '3d_small');
      const { keys } = networkTensors(network);
      assert.deepEqual(
        [...weights.keys()],
        keys.map(([key]) => key),
      );
      const shapes = parameterShapes(network);
      for (const [key, name] of keys) assert.deepEqual((weights.get(key) as TensorReference).shape, shapes.get(name));
      // Aliases share the storage of what they stand for.
      for (const [key, name] of keys) {
        assert.equal(
          (weights.get(key) as TensorReference).storage.key,
          (weights.get(name) as TensorReference).storage.key,
        );
      }
      await pth.close();
    });

    it('tells what it is', async () => {
      const { shapes, ...description } = await pthToSafetensors(file, ours());
      assert.deepEqual(description, {
        trainerName: 'nnUNetTrainer',
        configuration: '3d_small',
        fold: 0,
        mirroringAxes: [0, 1, 2],
        epoch: 6,
        optimizer: 'sgd',
      });
      assert.deepEqual(await inspectPth(file), { shapes, ...description });
      const network = networkOf(identity.plans, identity.datasetJson, '3d_small');
      assert.deepEqual(shapes, parameterShapes(network));
      requireFit(network, shapes, file);
    });

    it('becomes a .safetensors with every tensor once and the momentum of all but the lowest head', async () => {
      await pthToSafetensors(file, ours());
      const checkpoint = await SafetensorsFile.open(ours());
      const names = [...checkpoint.tensors.keys()];
      const weights = names.filter((name) => !name.startsWith('optimizer.'));
      assert.deepEqual(weights, [
        ...parameterShapes(networkOf(identity.plans, identity.datasetJson, '3d_small')).keys(),
      ]);
      const withMomentum = weights.filter((name) => !name.startsWith('decoder.seg_layers.0.'));
      assert.deepEqual(
        names.slice(weights.length),
        withMomentum.map((name) => `optimizer.momentum_buffer.${name}`),
      );
      const state = readState(checkpoint.metadata, ours());
      assert.equal(state.epoch, 6);
      assert.equal(state.history.lrs.length, 6);
      assert.equal(state.learningRate, state.history.lrs.at(-1));
      assert.deepEqual(
        state.history.dice_per_class_or_region.map((dice) => dice.length),
        [2, 2, 2, 2, 2, 2],
      );
      assert.ok(Math.abs(state.bestEma! - 0.4291090946772621) < 1e-15);
      await checkpoint.close();
    });

    it('comes back equal in every tensor and value', async () => {
      await pthToSafetensors(file, ours());
      await safetensorsToPth(ours(), back(), identity);
      const [original, copy] = [await PthFile.open(file), await PthFile.open(back())];
      const values = (pth: PthFile) => pth.value as Dict;
      assert.deepEqual([...values(copy).keys()], [...values(original).keys()]);
      for (const key of values(original).keys()) {
        if (key === 'optimizer_state') continue;
        assert.equal(
          await content(values(copy).get(key)!, copy),
          await content(values(original).get(key)!, original),
          String(key),
        );
      }
      const optimizer = (pth: PthFile) => values(pth).get('optimizer_state') as Dict;
      const states = (pth: PthFile) => content(optimizer(pth).get('state')!, pth);
      assert.equal(await states(copy), await states(original));
      const group = (pth: PthFile) => (toPlain(optimizer(pth).get('param_groups')!) as Record<string, unknown>[])[0]!;
      // torch learned "fused" after the version that wrote the example.
      assert.deepEqual(group(copy), { ...group(original), fused: null });
      await original.close();
      await copy.close();
    });

    it('is refused for plans of another network, in one sentence', async () => {
      const { shapes } = await inspectPth(file);
      const network = networkOf(identity.plans, identity.datasetJson, '3d_small');
      const refusal = (changed: Partial<typeof network>, pattern: RegExp) =>
        assert.throws(
          () => requireFit({ ...network, ...changed }, shapes, file),
          (error: { code: string; message: string }) =>
            error.code === 'checkpoint-mismatch' && pattern.test(error.message),
        );
      refusal({ inputChannels: 1 }, /takes 2 input channels, the plans have 1$/);
      refusal({ outputChannels: 5 }, /has 3 output classes, the dataset has 5$/);
      const wider = { ...network.archKwargs, features_per_stage: [8, 12, 24] };
      refusal(
        { archKwargs: wider },
        /encoder\.stages\.2\.0\.convs\.0\.conv\.weight has the shape \(16, 12, 3, 3, 3\) instead of \(24, /,
      );
      const other = networkOf(identity.plans, identity.datasetJson, '3d_fullres');
      refusal(other, /lacks \d+ weights|has the shape/);
      requireFit({ ...network, outputChannels: 5 }, shapes, file, true);
    });
  });
}
