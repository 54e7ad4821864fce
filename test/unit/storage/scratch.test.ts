import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { hostMark } from '../../../src/storage/temporaryFiles';
import { makeScratch, makeScratchSync, sweepScratch } from '../../../src/storage/scratch';
import { scratchFolder } from '../dataset/scratch';

describe('scratch folders', () => {
  it('can be looked into by this user alone', { skip: process.platform === 'win32' }, async () => {
    for (const folder of [await makeScratch('volume'), makeScratchSync('job')]) {
      assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
      fs.rmdirSync(folder);
    }
  });

  it('of processes that were killed are removed with what is in them, and no others', async (context) => {
    const parent = await scratchFolder(context);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const left = `nnunet-volume-${hostMark}-${dead}-abcdef`;
    const kept = [
      `nnunet-volume-${hostMark}-${process.pid}-abcdef`,
      `nnunet-volume-01234567-${dead}-abcdef`,
      `nnunet-volume-${dead}`,
      'somebody',
    ];
    for (const name of [left, ...kept]) {
      fs.mkdirSync(join(parent, name, '0'), { recursive: true });
      fs.writeFileSync(join(parent, name, '0', 'patient.nii.gz'), 'image');
    }
    const outside = await scratchFolder(context);
    fs.writeFileSync(join(outside, 'precious'), '');
    const link = `nnunet-volume-${hostMark}-${dead}-ghijkl`;
    fs.symlinkSync(outside, join(parent, link));
    await sweepScratch(parent);
    assert.deepEqual(fs.readdirSync(parent).sort(), [...kept, link].sort());
    assert.ok(fs.existsSync(join(outside, 'precious')));
  });

  it('are made under names that are swept', async (context) => {
    const folder = makeScratchSync('volume');
    context.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    const parent = await scratchFolder(context);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    fs.mkdirSync(join(parent, basename(folder).replace(String(process.pid), String(dead))));
    await sweepScratch(parent);
    assert.deepEqual(fs.readdirSync(parent), []);
    await sweepScratch(tmpdir());
    assert.ok(fs.existsSync(folder));
  });
});
