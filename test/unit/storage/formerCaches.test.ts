import assert from 'node:assert/strict';
import { chown, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { removeFormerCaches } from '../../../src/storage/formerCaches';
import { scratchFolder } from '../dataset/scratch';

const { uid } = userInfo();

it('caches of earlier versions go, and nothing that only looks like them', async (context) => {
  const folder = await scratchFolder(context);
  for (const name of [`nnunet-onnx-${uid}`, `nnunet-onnx-${uid}1`, 'nnunet-cache', 'elsewhere']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'weights'), '1');
  }
  await symlink(join(folder, 'elsewhere'), join(folder, `nnunet-checkpoints-${uid}`));
  await removeFormerCaches(folder);
  await removeFormerCaches(folder);
  assert.deepEqual((await readdir(folder)).sort(), [
    'elsewhere',
    'nnunet-cache',
    `nnunet-checkpoints-${uid}`,
    `nnunet-onnx-${uid}1`,
  ]);
  assert.deepEqual(await readdir(join(folder, 'elsewhere')), ['weights']);
});

it('a cache that belongs to another user stays', { skip: uid !== 0 }, async (context) => {
  const folder = await scratchFolder(context);
  await mkdir(join(folder, 'nnunet-onnx-0'));
  await chown(join(folder, 'nnunet-onnx-0'), 12345, 12345);
  await removeFormerCaches(folder);
  assert.deepEqual(await readdir(folder), ['nnunet-onnx-0']);
});
