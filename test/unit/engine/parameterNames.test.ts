import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalName, networkTensors, type NetworkDescription } from '../../../src/engine/parameterNames';
import { architectureFor } from '../../../src/method/networkPlan';

function network(
  kind: 'PlainConvUNet' | 'ResidualEncoderUNet',
  dims: 2 | 3,
  features: number[],
  depths: number[],
): NetworkDescription {
  const fill = (value: number) => new Array<number>(dims).fill(value);
  const decoderDepth = kind === 'PlainConvUNet' ? 2 : 1;
  const { network_class_name, arch_kwargs } = architectureFor({
    networkClass: kind,
    features,
    kernelSizes: features.map(() => fill(3)),
    strides: features.map((_, stage) => fill(stage === 0 ? 1 : 2)),
    encoderDepths: depths,
    decoderDepths: features.slice(1).map(() => decoderDepth),
  });
  return { className: network_class_name, archKwargs: arch_kwargs, inputChannels: 1, outputChannels: 3 };
}

function count(description: NetworkDescription) {
  const { tensors, keys } = networkTensors(description);
  const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return { parameters, tensors: tensors.length, keys: keys.length };
}

const features6 = [32, 64, 128, 256, 320, 320];
const features8 = [32, 64, 128, 256, 512, 512, 512, 512];

describe('parameter names', () => {
  it('counts the parameters of the published networks', () => {
    const plain3d = network('PlainConvUNet', 3, features6, [2, 2, 2, 2, 2, 2]);
    assert.deepEqual(count(plain3d), { parameters: 31_196_399, tensors: 108, keys: 292 });
    const residual = (dims: 2 | 3, features: number[], depths: number[]) =>
      count(network('ResidualEncoderUNet', dims, features, depths));
    assert.equal(residual(3, features6, [1, 3, 4, 6, 6, 6]).parameters, 102_350_575);
    assert.equal(count(network('PlainConvUNet', 2, features8, new Array(8).fill(2))).parameters, 46_326_581);
    assert.equal(residual(2, features8, [1, 3, 4, 6, 6, 6, 6, 6]).parameters, 140_019_061);
  });

  it('leads every key back to its canonical name without the architecture', () => {
    for (const kind of ['PlainConvUNet', 'ResidualEncoderUNet'] as const) {
      const { keys, tensors } = networkTensors(network(kind, 3, [8, 16, 24], [2, 2, 2]));
      for (const [key, name] of keys) assert.equal(canonicalName(key), name);
      // The first occurrence of each tensor gives the optimizer's order.
      assert.deepEqual(
        [...new Set(keys.map(([, name]) => name))],
        tensors.map(({ name }) => name),
      );
    }
    assert.equal(
      canonicalName('module._orig_mod.decoder.encoder.stem.convs.0.all_modules.1.bias'),
      'encoder.stem.convs.0.norm.bias',
    );
  });

  it('names the projection of a residual block by whether a pooling precedes it', () => {
    const description = network('ResidualEncoderUNet', 3, [8, 8, 16], [1, 1, 1]);
    const names = () => networkTensors(description).tensors.filter(({ name }) => name.includes('.skip.'));
    assert.deepEqual(
      names().map(({ name, shape }) => [name, shape]),
      [
        ['encoder.stages.2.blocks.0.skip.1.conv.weight', [16, 8, 1, 1, 1]],
        ['encoder.stages.2.blocks.0.skip.1.norm.weight', [16]],
        ['encoder.stages.2.blocks.0.skip.1.norm.bias', [16]],
      ],
    );
    description.archKwargs.strides[2] = [1, 1, 1];
    assert.equal(names()[0]!.name, 'encoder.stages.2.blocks.0.skip.0.conv.weight');
  });

  it('has the buffers of batch normalisation, untrained, and moves the norm behind a dropout', () => {
    const description = network('PlainConvUNet', 2, [4, 8], [1, 1]);
    description.archKwargs.norm_op = 'torch.nn.modules.batchnorm.BatchNorm2d';
    description.archKwargs.dropout_op = 'torch.nn.modules.dropout.Dropout2d';
    const { tensors, keys } = networkTensors(description);
    assert.deepEqual(
      keys.slice(0, 14).map(([key]) => key.replace('encoder.stages.0.0.convs.0.', '')),
      [
        ...['conv.weight', 'conv.bias', 'norm.weight', 'norm.bias'],
        ...['norm.running_mean', 'norm.running_var', 'norm.num_batches_tracked'],
        ...['all_modules.0.weight', 'all_modules.0.bias', 'all_modules.2.weight', 'all_modules.2.bias'],
        ...['all_modules.2.running_mean', 'all_modules.2.running_var', 'all_modules.2.num_batches_tracked'],
      ],
    );
    assert.deepEqual(
      tensors
        .filter(({ isParameter }) => !isParameter)
        .map(({ shape }) => shape.length)
        .slice(0, 3),
      [1, 1, 0],
    );
  });

  it('refuses other networks by code', () => {
    const description = { ...network('PlainConvUNet', 3, [4, 8], [1, 1]), className: 'my.SwinUNETR' };
    assert.throws(() => networkTensors(description), { code: 'network-unknown' });
  });
});
