import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import type { NnunetError } from '../../../src/method/errors';
import {
  checkTrainingMemory,
  requireSpace,
  requireSpaceForTraining,
  trainingBytes,
} from '../../../src/pipeline/resources';
import { hippocampusModel } from './hippocampusModel';

const context = { progress: () => undefined, warn: () => undefined };
const hasCode = (code: string) => (error: NnunetError) => error.code === code && error.hint.length > 0;

describe('estimates of memory and disk', () => {
  it('come near what the core was measured to take for a training (1255 MB)', () => {
    const megabytes = trainingBytes(hippocampusModel()) / 2 ** 20;
    assert.ok(megabytes > 1255 && megabytes < 1255 * 1.4, `${megabytes}`);
  });

  it('refuse a training on the CPU that no machine can hold, but leave a GPU to itself', () => {
    const model = hippocampusModel();
    model.configuration = { ...model.configuration, batch_size: 1_000_000 };
    assert.throws(() => checkTrainingMemory(model, 'cpu', context), hasCode('memory-too-small'));
    assert.doesNotThrow(() => checkTrainingMemory(model, 'cuda', context));
  });

  it('refuse to start where the disk is too small', async () => {
    await assert.rejects(requireSpace(tmpdir(), 1e18, 'This'), hasCode('disk-too-small'));
    await assert.doesNotReject(requireSpace(tmpdir(), 1, 'This'));
    const model = hippocampusModel();
    const { architecture } = model.configuration;
    const arch_kwargs = {
      ...architecture.arch_kwargs,
      features_per_stage: architecture.arch_kwargs.features_per_stage.map(() => 1e6),
    };
    model.configuration = { ...model.configuration, architecture: { ...architecture, arch_kwargs } };
    await assert.rejects(requireSpaceForTraining(model, tmpdir(), 'sgd'), hasCode('disk-too-small'));
  });
});
