import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { VoxelsError } from '../../../src/voxels/voxelsError';
import { loadVoxels } from '../../../src/voxels/load';

describe('loading the voxel library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nnunet-load-'));
  const previous = process.env.NNUNET_NATIVE;
  process.env.NNUNET_NATIVE = folder;
  after(() => {
    if (previous === undefined) delete process.env.NNUNET_NATIVE;
    else process.env.NNUNET_NATIVE = previous;
    rmSync(folder, { recursive: true });
  });

  it('says where it was looked for and what to do, when it is missing or broken', () => {
    const file = join(folder, 'nnunet_voxels.node');
    const expectError = (code: string) =>
      assert.throws(loadVoxels, (error: unknown) => {
        assert.ok(error instanceof VoxelsError);
        assert.equal(error.code, code);
        assert.equal(error.where, file);
        assert.notEqual(error.hint, '');
        return true;
      });
    expectError('voxels-missing');
    writeFileSync(file, 'no library');
    expectError('voxels-broken');
  });

  it('works in worker threads', () => {
    const program = `
      const { Worker } = require('node:worker_threads');
      const code = "const v = require(process.argv[2]); v.labelValues(new Uint8Array([3, 1]), {}).then((r) => require('node:worker_threads').parentPort.postMessage(r.values))";
      let open = 3;
      for (let i = 0; i < 3; i += 1) new Worker(code, { eval: true, argv: [process.argv[1]] })
        .on('message', (values) => { if (String(values) !== '1,3') process.exit(5); if (--open === 0) process.exit(0); });
    `;
    delete process.env.NNUNET_NATIVE;
    const file = join(__dirname, '../../../../dist/native/nnunet_voxels.node');
    const { status, stderr } = spawnSync(process.execPath, ['-e', program, file], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});
