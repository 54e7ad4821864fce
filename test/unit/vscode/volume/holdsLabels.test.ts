import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeVolume } from '../../../../src/images/write';
import { holdsLabels } from '../../../../src/vscode/volume/holdsLabels';
import { scratchFolder } from '../../dataset/scratch';

describe('whether a file holds labels', () => {
  it('shows in its values, whatever their type', async (context) => {
    const folder = await scratchFolder(context);
    const holds = async (voxels: Uint8Array | Int16Array | Float32Array): Promise<boolean> => {
      const file = join(folder, 'a.nii.gz');
      await writeVolume(file, voxels, [2, 30, 40]);
      return holdsLabels(file);
    };
    const patches = new Uint8Array(2400).map((_, i) => (i % 40 < 10 ? 3 : 0));
    assert.ok(await holds(patches));
    assert.ok(await holds(Float32Array.from(patches)));
    assert.ok(await holds(new Uint8Array(2400)), 'a mask in which nothing was found');
    assert.ok(await holds(new Uint8Array(2400).fill(1)), 'a mask that covers all');
    const noise = new Int16Array(2400).map((_, i) => (i * 7919) % 251);
    assert.ok(!(await holds(noise)));
    assert.ok(!(await holds(Float32Array.from(noise).map((value) => value / 2))));
    assert.ok(!(await holds(Int16Array.from(noise).map((value) => value - 100))));
  });

  it('is no for what can’t be read, and for a large file that is hardly compressed without decoding it', async (context) => {
    const folder = await scratchFolder(context);
    await writeFile(join(folder, 'a.nii.gz'), 'nothing');
    assert.equal(await holdsLabels(join(folder, 'a.nii.gz')), false);
    assert.equal(await holdsLabels(join(folder, 'missing.nii.gz')), false);
    let state = 1;
    const random = new Uint8Array(2 ** 20).map(() => (state = (state * 16807) % 2147483647) & 255);
    await writeVolume(join(folder, 'b.nii.gz'), random, [64, 128, 128]);
    assert.equal(await holdsLabels(join(folder, 'b.nii.gz')), false);
  });
});
