import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { writeVolume } from '../../../../src/images/write';
import { VolumeWorker } from '../../../../src/vscode/volume/workerClient';
import { repositoryRoot } from '../../../shared';
import { Collected } from './collect';

describe('VolumeWorker', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nnunet worker-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'volumeWorker.cjs');
  const esbuild = createRequire(join(repositoryRoot, 'package.json'))('esbuild') as typeof import('esbuild');
  esbuild.buildSync({
    absWorkingDir: repositoryRoot,
    entryPoints: ['src/vscode/volume/worker.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    external: ['@itk-wasm/image-io', 'itk-wasm'],
  });
  const volume = join(folder, 'volume.nii');
  await writeVolume(
    volume,
    new Float32Array(24).map((_, i) => i),
    [2, 3, 4],
  );
  const source = { name: 'v', files: [volume], opened: 0, channelNames: [], limitBytes: 2 ** 30 };

  /** A worker that is left running would keep a failed test from ending. */
  function started(test: TestContext): VolumeWorker {
    const worker = new VolumeWorker(script);
    test.after(() => worker.dispose());
    return worker;
  }

  it('reads in its own thread and hands the voxels over', async (test) => {
    const worker = started(test);
    const { shape } = await worker.run({ task: 'open', source });
    const collected = new Collected();
    const { range } = await worker.run({ task: 'image', channel: 0, frame: 0 }, { onSlab: collected.add });
    assert.deepEqual(range, { min: 0, max: 23 });
    assert.deepEqual(
      [...collected.voxels(shape)],
      Array.from({ length: 24 }, (_, i) => i),
    );
  });

  it('rejects what is cancelled, before and after, and what comes once it is gone', async (test) => {
    const worker = started(test);
    await worker.run({ task: 'open', source });
    const abort = new AbortController();
    const reading = worker.run({ task: 'image', channel: 0, frame: 0 }, { signal: abort.signal });
    abort.abort();
    await assert.rejects(reading, { code: 'cancelled' });
    const never = worker.run({ task: 'image', channel: 0, frame: 0 });
    worker.dispose();
    await assert.rejects(never, { code: 'cancelled' });
    await assert.rejects(worker.run({ task: 'open', source }), { code: 'cancelled' });
  });

  it('brings errors across with their code and hint', async (test) => {
    const worker = started(test);
    const missing = { ...source, files: [join(folder, 'missing.nii')] };
    await assert.rejects(worker.run({ task: 'open', source: missing }), {
      code: 'file-missing',
      where: missing.files[0],
    });
  });
});
