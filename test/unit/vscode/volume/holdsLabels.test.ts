import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
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

  it('shows in all time points of a file', async (context) => {
    const file = join(await scratchFolder(context), 'a.nii.gz');
    const header = Buffer.alloc(352);
    header.writeInt32LE(348, 0);
    [4, 8, 6, 2, 3, 1, 1, 1].forEach((size, axis) => header.writeInt16LE(size, 40 + 2 * axis));
    header.writeInt16LE(2, 70);
    header.writeInt16LE(8, 72);
    [1, 1, 1, 1, 1, 1, 1, 1].forEach((size, axis) => header.writeFloatLE(size, 76 + 4 * axis));
    header.writeFloatLE(352, 108);
    header.write('n+1', 344);
    const write = (voxels: Uint8Array) => writeFile(file, gzipSync(Buffer.concat([header, voxels])));
    const patches = new Uint8Array(8 * 6 * 2 * 3).map((_, i) => (i % 8 < 4 ? 1 + Math.floor(i / 96) : 0));
    await write(patches);
    assert.ok(await holdsLabels(file));
    await write(patches.map((value, i) => (i < 192 ? value : (i * 7919) % 251)));
    assert.ok(!(await holdsLabels(file)), 'the last is measured');
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
