import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspectPth, pthToSafetensors, safetensorsToPth, type ModelIdentity } from '../../../src/engine/checkpoint';
import { networkOf, requireFit } from '../../../src/engine/checkpointFit';
import { readState, type CheckpointState } from '../../../src/engine/checkpointState';
import { jsonForPython } from '../../../src/engine/jsonPickle';
import { requireOptimizerFits } from '../../../src/engine/optimizerState';
import { networkTensors } from '../../../src/engine/parameterNames';
import {
  OrderedDict,
  PickleFloat,
  StorageReference,
  TensorReference,
  contiguousStrides,
  type PickleValue,
} from '../../../src/engine/pickleValues';
import { PthFile } from '../../../src/engine/pth';
import { writePth } from '../../../src/engine/pthWriter';
import { SafetensorsFile, writeSafetensors, type TensorSource } from '../../../src/engine/safetensors';
import type { NnunetError } from '../../../src/method/errors';
import { parseJson } from '../../../src/method/jsonReader';
import { architectureFor } from '../../../src/method/networkPlan';
import type { Plans } from '../../../src/method/plans';

let folder: string;
let ours: string;
let theirs: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  ours = join(folder, 'ours.safetensors');
  theirs = join(folder, 'theirs.pth');
});
after(() => rm(folder, { recursive: true }));

const architecture = architectureFor({
  networkClass: 'ResidualEncoderUNet',
  features: [4, 6, 8],
  kernelSizes: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
  strides: [
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 2],
  ],
  encoderDepths: [1, 2, 1],
  decoderDepths: [1, 1],
});

const configuration = {
  data_identifier: 'nnUNetPlans_3d_fullres',
  preprocessor_name: 'DefaultPreprocessor',
  batch_size: 2,
  patch_size: [8, 16, 16],
  median_image_size_in_voxels: [8, 16, 16],
  spacing: [1, 1, 1],
  normalization_schemes: ['CTNormalization'],
  use_mask_for_norm: [false],
  resampling_fn_data: 'resample_data_or_seg_to_shape',
  resampling_fn_seg: 'resample_data_or_seg_to_shape',
  resampling_fn_data_kwargs: { is_seg: false, order: 3, order_z: 0, force_separate_z: null },
  resampling_fn_seg_kwargs: { is_seg: true, order: 1, order_z: 0, force_separate_z: null },
  resampling_fn_probabilities: 'resample_data_or_seg_to_shape',
  resampling_fn_probabilities_kwargs: { is_seg: false, order: 1, order_z: 0, force_separate_z: null },
  architecture,
  batch_dice: true,
};

const identity: ModelIdentity = {
  plans: {
    dataset_name: 'Dataset001_Test',
    plans_name: 'nnUNetPlans',
    configurations: {
      '3d_fullres': configuration,
      '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' },
    },
  } as unknown as Plans,
  datasetJson: {
    channel_names: { 0: 'CT' },
    labels: { background: 0, a: 1, b: 2 },
    numTraining: 5,
    file_ending: '.nii.gz',
  },
  configuration: '3d_fullres',
  fold: 'all',
  trainerName: 'nnUNetTrainer',
  mirroringAxes: null,
};
const network = networkOf(identity.plans, identity.datasetJson, '3d_fullres');
const { tensors, keys } = networkTensors(network);

const state: CheckpointState = {
  format: 1,
  epoch: 2,
  history: {
    mean_fg_dice: [0.5, 1],
    ema_fg_dice: [0.5, 0.55],
    dice_per_class_or_region: [
      [0.5, NaN],
      [1, 1],
    ],
    train_losses: [1, -0.25],
    val_losses: [1, -0.5],
    lrs: [0.01, 0.005],
    epoch_start_timestamps: [1000, 1010.5],
    epoch_end_timestamps: [1010, 1020],
  },
  bestEma: 1,
  learningRate: 0.005,
  initialLearningRate: 0.01,
  optimizer: 'sgd',
  momentum: 0.99,
  weightDecay: 3e-5,
  adamStep: 0,
  gradScaler: null,
  seed: 7,
  rng: { seed: 7 },
  schedule: { epochs: 10 },
  elapsedSeconds: 20,
};

/** A tensor whose values tell it apart from all others. */
function tensor(shape: number[], seed: number): TensorSource {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => seed * 1000 + i);
  return { dtype: 'float32', shape, read: () => Promise.resolve(new Uint8Array(values.buffer)) };
}

async function writeOurs(
  changes: Partial<CheckpointState> = {},
  buffers = ['momentum_buffer'],
  skip = '',
): Promise<void> {
  const entries = new Map(tensors.map(({ name, shape }, index) => [name, tensor(shape, index)]));
  for (const [place, buffer] of buffers.entries()) {
    for (const [index, { name, shape }] of tensors.entries())
      entries.set(`optimizer.${buffer}.${name}`, tensor(shape, 500 * (place + 1) + index));
  }
  entries.delete(skip);
  await writeSafetensors(ours, { nnunet: JSON.stringify({ ...state, ...changes }) }, entries);
}

async function allTensors(file: string): Promise<Map<string, Uint8Array>> {
  const found = await SafetensorsFile.open(file);
  const bytes = new Map<string, Uint8Array>();
  for (const [name, source] of found.tensors) bytes.set(name, await source.read());
  await found.close();
  return bytes;
}

async function roundTrip(changes: Partial<typeof identity> = {}): Promise<{
  before: Map<string, Uint8Array>;
  after: Map<string, Uint8Array>;
  state: CheckpointState;
}> {
  const again = join(folder, 'again.safetensors');
  await safetensorsToPth(ours, theirs, { ...identity, ...changes });
  await pthToSafetensors(theirs, again);
  const found = await SafetensorsFile.open(again);
  const result = {
    before: await allTensors(ours),
    after: await allTensors(again),
    state: readState(found.metadata, again),
  };
  await found.close();
  return result;
}

describe('checkpoints', () => {
  it('pass through .pth and back with every tensor, SGD, except the momentum of the lowest head', async () => {
    await writeOurs();
    const { before, after, state: found } = await roundTrip();
    for (const name of before.keys()) if (name.includes('momentum_buffer.decoder.seg_layers.0.')) before.delete(name);
    assert.deepEqual(after, before);
    const { seed, rng, schedule, elapsedSeconds, ...kept } = found;
    assert.deepEqual({ ...kept, seed: 7, rng: state.rng, schedule: state.schedule, elapsedSeconds: 20 }, state);
    assert.deepEqual([seed, rng, schedule, elapsedSeconds], [null, null, null, 0]);
  });

  it('pass with a gradient scaler', async () => {
    const gradScaler = {
      scale: 65536,
      growth_factor: 2,
      backoff_factor: 0.5,
      growth_interval: 2000,
      _growth_tracker: 12,
    };
    await writeOurs({ gradScaler });
    assert.deepEqual((await roundTrip()).state.gradScaler, gradScaler);
  });

  it("leave nnU-Net's own optimizer before its first step where they were trained with AdamW, whose state it can't take", async () => {
    const adamw = { optimizer: 'adamw', adamStep: 1234, learningRate: 1e-4, momentum: 0.9 } as const;
    await writeOurs(adamw, ['exp_avg', 'exp_avg_sq']);
    const { before, after } = await roundTrip();
    assert.deepEqual(
      [...after.keys()],
      [...before.keys()].filter((name) => !name.startsWith('optimizer.')),
    );
    const pth = await PthFile.open(theirs);
    const optimizer = (pth.value as Map<string, Map<string, PickleValue>>).get('optimizer_state')!;
    await pth.close();
    assert.equal((optimizer.get('state') as Map<PickleValue, PickleValue>).size, 0);
    const [group] = optimizer.get('param_groups') as Map<string, PickleValue>[];
    const names = ['lr', 'initial_lr', 'momentum', 'dampening', 'weight_decay', 'nesterov'];
    assert.deepEqual(
      names.map((name) => group!.get(name)),
      [0.01, 0.01, 0.99, 0, 3e-5, true],
    );
    assert.equal(
      (group!.get('params') as PickleValue[]).length,
      tensors.filter(({ isParameter }) => isParameter).length,
    );
  });

  it("keep AdamW's and Adam's state for the trainer class that goes on with it", async () => {
    const kinds = [
      ['amsgrad', 'nnUNetTrainerAdam1en3', ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq']],
      ['adam', 'nnUNetTrainerVanillaAdam', ['exp_avg', 'exp_avg_sq']],
    ] as const;
    for (const [optimizer, trainerName, buffers] of kinds) {
      const adam = { optimizer, adamStep: 1234, learningRate: 1e-4, momentum: 0.9 } as const;
      await writeOurs(adam, [...buffers]);
      const { before, after, state } = await roundTrip({ trainerName });
      // The lowest head has no loss, and so no state.
      for (const key of before.keys()) if (/^optimizer.*seg_layers\.0\./.test(key)) before.delete(key);
      assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
      for (const [key, bytes] of after) assert.deepEqual(bytes, before.get(key), key);
      assert.deepEqual([state.optimizer, state.adamStep, state.learningRate], [optimizer, 1234, 1e-4]);
    }
  });

  it('are refused where their optimizer state is of another shape or type than its weights', async () => {
    await writeOurs();
    const { name, shape } = tensors[0]!;
    const checkpoint = await SafetensorsFile.open(ours);
    const all = new Map(checkpoint.tensors);
    await checkpoint.close();
    requireOptimizerFits(all, ours);
    const half = { ...tensor(shape, 1), dtype: 'float16' } as const;
    const wrong: [string, TensorSource, RegExp][] = [
      [`optimizer.momentum_buffer.${name}`, tensor([1], 1), /shape \(1\)/],
      [`optimizer.momentum_buffer.${name}`, half, /float16 instead of float32/],
      ['optimizer.momentum_buffer.nothing', tensor([1], 1), /nothing that is known/],
    ];
    for (const [key, state, said] of wrong) {
      assert.throws(
        () => requireOptimizerFits(new Map([...all, [key, state]]), ours),
        (error: NnunetError) => error.code === 'bad-checkpoint' && error.where === ours && said.test(error.message),
      );
    }
  });

  it('write values that the core left open (null) as NaN, and best values that do not exist as None', async () => {
    await writeOurs({ bestEma: null });
    const { state: found } = await roundTrip();
    assert.equal(found.bestEma, null);
    assert.ok(Number.isNaN(found.history.dice_per_class_or_region[0]![1]));
    const pth = await PthFile.open(theirs);
    const logging = (pth.value as Map<string, PickleValue>).get('logging') as Map<string, PickleValue[][]>;
    assert.ok(Number.isNaN(logging.get('dice_per_class_or_region')![0]![1]));
    await pth.close();
  });

  it('say what they are', async () => {
    await writeOurs();
    await safetensorsToPth(ours, theirs, identity);
    const { shapes, ...description } = await inspectPth(theirs);
    const expected = {
      trainerName: 'nnUNetTrainer',
      configuration: '3d_fullres',
      fold: 'all',
      mirroringAxes: null,
      epoch: 2,
      optimizer: 'sgd',
    };
    assert.deepEqual(description, expected);
    requireFit(network, shapes, theirs);
  });

  it('are not written for plans that they do not fit', async () => {
    await writeOurs({}, [], tensors[3]!.name);
    await assert.rejects(safetensorsToPth(ours, theirs, identity), { code: 'checkpoint-mismatch' });
    await writeOurs();
    const cascade = { ...identity, configuration: '3d_cascade_fullres' };
    await assert.rejects(
      safetensorsToPth(ours, theirs, cascade),
      (error: { code: string; message: string }) =>
        error.code === 'checkpoint-mismatch' && /takes 1 input channels, the plans have 3/.test(error.message),
    );
  });

  it('need a training state', async () => {
    await writeSafetensors(ours, {}, new Map([['a', tensor([1], 1)]]));
    await assert.rejects(safetensorsToPth(ours, theirs, identity), { code: 'bad-checkpoint' });
  });
});

describe("others' checkpoints", () => {
  const storages: TensorSource[] = [];
  const store = (shape: number[]): TensorReference => {
    const source = tensor(shape, storages.length);
    const storage = new StorageReference(
      String(storages.push(source) - 1),
      'float32',
      shape.reduce((a, b) => a * b, 1),
    );
    return new TensorReference(storage, 0, shape, contiguousStrides(shape));
  };
  const write = (weights: [string, TensorReference][], more: [PickleValue, PickleValue][] = []) =>
    writePth(
      theirs,
      new Map<PickleValue, PickleValue>([
        ['network_weights', new OrderedDict(weights)],
        [
          'init_args',
          new Map<PickleValue, PickleValue>([
            ['configuration', '3d_fullres'],
            ['fold', 3],
          ]),
        ],
        ['trainer_name', 'nnUNetTrainer'],
        ...more,
      ]),
      storages,
    );

  it('are read with the names of a wrapped network, without optimizer, logging or mirroring', async () => {
    storages.length = 0;
    const byName = new Map(tensors.map(({ name, shape }) => [name, store(shape)]));
    await write(keys.map(([key, name]) => [`module._orig_mod.${key}`, byName.get(name)!]));
    const description = await pthToSafetensors(theirs, ours);
    assert.deepEqual(
      [description.optimizer, description.epoch, description.mirroringAxes, description.fold],
      [null, 0, null, 3],
    );
    requireFit(network, description.shapes, theirs);
    assert.deepEqual(
      [...(await allTensors(ours)).keys()],
      tensors.map(({ name }) => name),
    );
  });

  it('take the last of copies that differ, as torch does', async () => {
    storages.length = 0;
    await write([
      ['encoder.stages.0.0.convs.0.conv.bias', store([2])],
      ['decoder.encoder.stages.0.0.convs.0.all_modules.0.bias', store([2])],
    ]);
    await pthToSafetensors(theirs, ours);
    const found = await allTensors(ours);
    assert.deepEqual([...found.keys()], ['encoder.stages.0.0.convs.0.conv.bias']);
    assert.deepEqual(new Float32Array([...found.values()][0]!.buffer), Float32Array.of(1000, 1001));
  });

  it('with batch normalisation fit only plans that have it', async () => {
    storages.length = 0;
    const archKwargs = { ...network.archKwargs, norm_op: 'torch.nn.modules.batchnorm.BatchNorm3d' };
    const normalised = networkTensors({ ...network, archKwargs });
    await write(normalised.tensors.map(({ name, shape }) => [name, store(shape)]));
    const { shapes } = await inspectPth(theirs);
    requireFit({ ...network, archKwargs }, shapes, theirs);
    assert.throws(
      () => requireFit(network, shapes, theirs),
      (error: { message: string }) => /batch normalisation/.test(error.message),
    );
  });

  it('are refused by code when their optimizer does not belong to their weights, or when they are something else', async () => {
    storages.length = 0;
    const weights: [string, TensorReference][] = [['a.weight', store([2])]];
    const optimizer = (index: number, shape: number[]): [PickleValue, PickleValue] => [
      'optimizer_state',
      new Map([['state', new Map([[index, new Map([['momentum_buffer', store(shape)]])]])]]),
    ];
    await write(weights, [optimizer(1, [2])]);
    await assert.rejects(pthToSafetensors(theirs, ours), { code: 'bad-checkpoint' });
    await write(weights, [optimizer(0, [3])]);
    await assert.rejects(pthToSafetensors(theirs, ours), { code: 'bad-checkpoint' });
    await writePth(theirs, new OrderedDict(weights), storages);
    await assert.rejects(pthToSafetensors(theirs, ours), { code: 'foreign-checkpoint' });
  });
});

describe('JSON for Python', () => {
  it('keeps floats, whole numbers and the order of keys', () => {
    const value = jsonForPython(parseJson('{"b": 1.0, "2": 1, "1": [1, 2.0, null, {"x": 1e3}]}'));
    const expected = new Map<PickleValue, PickleValue>([
      ['b', new PickleFloat(1)],
      ['2', 1],
      ['1', [1, new PickleFloat(2), null, new Map([['x', new PickleFloat(1000)]])]],
    ]);
    assert.deepEqual(value, expected);
    assert.deepEqual([...(value as Map<string, unknown>).keys()], ['b', '2', '1']);
  });
});
