import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCore } from '../../../src/engine/core';
import { PredictionWorker } from '../../../src/pipeline/prediction/predictClient';
import { identityOf, isAlive, type ProcessIdentity } from '../../../src/storage/processes';
import { repositoryRoot } from '../../shared';

const core = process.env.NNUNET_CORE ?? join(repositoryRoot, 'dist', 'native', 'nnunet-core');
const roleVariable = 'NNUNET_TEST_ROLE';

/** Work without an end. */
const endless = {
  command: 'bench',
  network: {
    className: 'dynamic_network_architectures.architectures.unet.PlainConvUNet',
    inputChannels: 1,
    outputChannels: 2,
    archKwargs: {
      conv_op: 'torch.nn.modules.conv.Conv3d',
      n_stages: 2,
      features_per_stage: [8, 8],
      kernel_sizes: [
        [3, 3, 3],
        [3, 3, 3],
      ],
      strides: [
        [1, 1, 1],
        [2, 2, 2],
      ],
      n_conv_per_stage: [1, 1],
      n_conv_per_stage_decoder: [1],
    },
  },
  patchSize: [16, 16, 16],
  batchSize: 1,
  steps: 100_000_000,
  threads: 1,
};

/** This file once more, as the process that is going to be killed. @returns its child */
async function childOfKilledParent(role: 'core' | 'onnx'): Promise<ProcessIdentity> {
  const parent = fork(__filename, {
    env: { ...process.env, [roleVariable]: role },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    const [pid] = (await once(parent, 'message')) as [number];
    const child = identityOf(pid);
    await sleep(500); // The child is at work.
    assert.ok(isAlive(child));
    return child;
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
}

async function isGone(child: ProcessIdentity): Promise<boolean> {
  for (let waited = 0; isAlive(child) && waited < 60_000; waited += 50) await sleep(50);
  return !isAlive(child);
}

function becomeParent(role: string): void {
  if (role === 'core') void runCore(endless, { onEvent: () => undefined, onStart: (pid) => process.send!(pid) });
  else process.send!(new PredictionWorker({ script: join(repositoryRoot, 'dist', 'inferenceWorker.js') }).pid);
}

function describeTests(): void {
  describe('a process that computes for another one', () => {
    const options = { skip: !existsSync(core) && 'the native core is not built' };
    it('ends when that is killed: the native core', options, async () => {
      assert.ok(await isGone(await childOfKilledParent('core')));
    });

    it('ends when that is killed: ONNX Runtime', async () => {
      assert.ok(await isGone(await childOfKilledParent('onnx')));
    });

    it('ends when that was gone before it had started', options, async () => {
      const child = spawn(core, ['bench', '/dev/fd/3'], {
        env: { ...process.env, NNUNET_STOP_WITH_INPUT: '1' },
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      });
      // A job that never comes.
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
      assert.equal(signal, 'SIGTERM');
    });
  });
}

const role = process.env[roleVariable];
if (role === undefined) describeTests();
else becomeParent(role);
