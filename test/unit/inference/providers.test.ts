import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { candidates, requireProvider } from '../../../src/inference/providers';
import { runtimeInfo } from '../../../src/inference/runtime';
import type { NnunetError } from '../../../src/method/errors';

describe('what ONNX Runtime computes with', () => {
  it('is the fastest that is there, with the processor as the last resort', () => {
    assert.deepEqual(candidates('auto', ['cpu', 'webgpu']), ['cpu']);
    assert.deepEqual(candidates('auto', ['cpu', 'cuda', 'dml']), ['cuda', 'dml', 'cpu']);
    assert.deepEqual(candidates('auto', ['coreml', 'cpu']), ['cpu'], 'CoreML only where it is asked for');
  });

  it('is what is asked for, or an error that says what there is', () => {
    requireProvider('auto', ['cpu']);
    requireProvider('dml', ['cpu', 'dml']);
    assert.throws(
      () => requireProvider('cuda', ['cpu', 'dml']),
      ({ code, message, hint }: NnunetError) => {
        assert.equal(code, 'provider-missing');
        assert.match(message, /CUDA here, only with: processor, DirectML$/);
        return /NVIDIA.*nnunet\.onnxProvider/.test(hint);
      },
    );
  });

  it('is asked of the runtime that is installed', async () => {
    const { version, providers } = await runtimeInfo();
    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.ok(providers.includes('cpu'));
  });
});
