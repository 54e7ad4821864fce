import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../../shared';

const cli = join(repositoryRoot, 'dist', 'cli.js');
const nowhere = join(repositoryRoot, 'no', 'such', 'core');

function engine(...words: string[]) {
  const env = { ...process.env, NNUNET_CORE: nowhere };
  return spawnSync(process.execPath, [cli, 'engine', ...words], { encoding: 'utf8', env });
}

describe('nnunet engine where the native engine is missing', () => {
  it('says what is missing and what to do, and what ONNX Runtime can', () => {
    const { status, stderr, stdout } = engine();
    const said = stdout + stderr;
    assert.equal(status, 0, said);
    assert.match(said, /nnunet-core is not there \(.*such.*\)\. Correct or unset/);
    assert.match(said, /onnxruntime +\d+\.\d+\.\d+, computes with: .*processor/);
    assert.match(said, /machine +\d+ cores/);
  });

  it('gives the same as data', () => {
    const { status, stdout } = engine('--json');
    assert.equal(status, 0);
    const { core, torch, devices, precision, coreProblem, onnxruntime, onnxProviders } = JSON.parse(stdout);
    assert.deepEqual({ core, torch, devices, precision }, { core: null, torch: null, devices: [], precision: [] });
    assert.deepEqual([coreProblem.code, coreProblem.where], ['core-missing', nowhere]);
    assert.match(onnxruntime, /^\d+\./);
    assert.ok(onnxProviders.includes('cpu'));
  });
});
