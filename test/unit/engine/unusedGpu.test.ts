import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { coreInfo, runCore } from '../../../src/engine/core';
import { EngineError } from '../../../src/method/errors';
import type { CoreEvent } from '../../../src/protocol/events';
import { repositoryRoot } from '../../shared';

const native = join(repositoryRoot, 'dist', 'native');
const isTestable = process.platform === 'linux' && fs.existsSync(join(native, 'nnunet-core'));

describe("a GPU whose driver is installed, without LibTorch's CUDA library", { skip: !isTestable }, () => {
  const outside = process.env.LD_LIBRARY_PATH;
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-driver-'));
    // Any library under the driver's name: only that it is there counts.
    fs.copyFileSync(join(native, 'torch', 'libgomp.so.1'), join(folder, 'libcuda.so.1'));
    process.env.LD_LIBRARY_PATH = folder;
  });
  after(() => {
    if (outside === undefined) delete process.env.LD_LIBRARY_PATH;
    else process.env.LD_LIBRARY_PATH = outside;
    fs.rmSync(folder, { recursive: true });
  });

  it('is named among the facts about the engine, with what to do', async (t) => {
    const { devices, gpuProblem } = await coreInfo();
    if (devices.some((device) => device.startsWith('cuda'))) return t.skip('this machine uses its GPU');
    assert.match(gpuProblem!, /libtorch_cuda\.so.*NNUNET_CUDA_TORCH/);
  });

  it('is warned of where the device is chosen automatically, and only there', async (t) => {
    if ((await coreInfo()).devices.some((device) => device.startsWith('cuda'))) {
      return t.skip('this machine uses its GPU');
    }
    assert.deepEqual(await warningsOn('auto'), ['gpu-not-used']);
    assert.deepEqual(await warningsOn('cpu'), []);
  });
});

/** Codes of the warnings that a job on that device gives, before it fails for want of a model. */
async function warningsOn(device: string): Promise<string[]> {
  const events: CoreEvent[] = [];
  const network = {
    className: 'PlainConvUNet',
    inputChannels: 1,
    outputChannels: 2,
    archKwargs: {
      conv_op: 'torch.nn.modules.conv.Conv2d',
      n_stages: 2,
      features_per_stage: 4,
      kernel_sizes: 3,
      strides: [1, 2],
      n_conv_per_stage: 1,
      n_conv_per_stage_decoder: 1,
    },
  };
  const job = {
    command: 'predict',
    device,
    network,
    patchSize: [8, 8],
    dims: 2,
    checkpoints: [join(tmpdir(), 'there-is-no-such.safetensors')],
    labels: { numHeads: 2, foreground: [1] },
    export: {
      configurationSpacing: [1, 1],
      transposeForward: [0, 1, 2],
      transposeBackward: [0, 1, 2],
      resampling: { order: 1 },
    },
    cases: [],
  };
  await assert.rejects(
    runCore(job, { onEvent: (event) => events.push(event) }),
    (error) => error instanceof EngineError && error.code === 'bad-checkpoint',
  );
  return events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
}
