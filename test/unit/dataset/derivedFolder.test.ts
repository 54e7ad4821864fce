import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { replaceFolder } from '../../../src/dataset/derivedFolder';
import { filesBelow, scratchFolder, writeText } from './scratch';

const isDerived = (name: string): boolean => name.endsWith('.nii.gz');

async function place(test: TestContext): Promise<string> {
  const folder = join(await scratchFolder(test), 'made');
  await writeText(join(folder, 'old.nii.gz'), 'old');
  await writeText(join(folder, 'notes.txt'), 'mine');
  return folder;
}

describe('a folder that is made again', () => {
  it('holds the new files and what was not made here, and nothing is left beside it', async (test) => {
    const folder = await place(test);
    await replaceFolder(folder, isDerived, (scratch) => writeFile(join(scratch, 'new.nii.gz'), 'new'));
    assert.deepEqual(await filesBelow(folder), ['new.nii.gz', 'notes.txt']);
    assert.deepEqual(await readdir(dirname(folder)), ['made']);
  });

  it('stays as it was where making it fails', async (test) => {
    const folder = await place(test);
    const failing = replaceFolder(folder, isDerived, async (scratch) => {
      await writeFile(join(scratch, 'new.nii.gz'), 'half');
      throw new Error('broken off');
    });
    await assert.rejects(failing, /broken off/);
    assert.deepEqual(await filesBelow(folder), ['notes.txt', 'old.nii.gz']);
    assert.deepEqual(await readdir(dirname(folder)), ['made']);
  });

  it('gets back what was not made here where a process was killed before that', async (test) => {
    const folder = await place(test);
    const former = join(dirname(folder), '.made-former');
    await mkdir(former);
    await writeText(join(former, 'plan.txt'), 'mine, too');
    await replaceFolder(folder, isDerived, async () => undefined);
    assert.deepEqual(await filesBelow(folder), ['notes.txt', 'plan.txt']);
    assert.deepEqual(await readdir(dirname(folder)), ['made']);
  });
});
