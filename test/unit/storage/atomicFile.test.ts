import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeFileAtomic, writeStreamAtomic, writeWhole } from '../../../src/storage/atomicFile';
import { storageError } from '../../../src/storage/diskErrors';
import { NnunetError } from '../../../src/method/errors';

const folder = mkdtempSync(join(tmpdir(), 'nnunet atomic ä-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof NnunetError && error.code === expected && error.hint !== '';
}

describe('writeFileAtomic', () => {
  it('writes text and lists of buffers, and leaves no temporary file', async () => {
    const file = join(folder, 'plans.json');
    await writeFileAtomic(file, 'old');
    await writeFileAtomic(file, [Buffer.from('na'), Buffer.from('ïve')]);
    assert.equal(readFileSync(file, 'utf8'), 'naïve');
    assert.deepEqual(readdirSync(folder), ['plans.json']);
  });

  it('keeps the old content when the source fails half way', async () => {
    const file = join(folder, 'kept.json');
    writeFileSync(file, 'old');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      throw new RangeError('the source broke');
    }
    await assert.rejects(writeStreamAtomic(file, failing()), { name: 'RangeError', message: 'the source broke' });
    assert.equal(readFileSync(file, 'utf8'), 'old');
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    );
  });

  it('streams chunks in order', async () => {
    const file = join(folder, 'stream.txt');
    await writeStreamAtomic(file, ['a', Buffer.from('b'), 'c']);
    assert.equal(readFileSync(file, 'utf8'), 'abc');
  });

  it('writes through a symbolic link', async () => {
    writeFileSync(join(folder, 'target.txt'), 'old');
    symlinkSync('target.txt', join(folder, 'link.txt'));
    await writeFileAtomic(join(folder, 'link.txt'), 'new');
    assert.equal(readFileSync(join(folder, 'target.txt'), 'utf8'), 'new');
    const written = await writeWhole(join(folder, 'link.txt'), async (handle) => {
      await handle.write('newer');
      return 5;
    });
    assert.equal(written, 5);
    assert.equal(readFileSync(join(folder, 'target.txt'), 'utf8'), 'newer');
  });

  it('says what to do when the folder is missing, a folder is in the way or writing is not allowed', async () => {
    await assert.rejects(writeFileAtomic(join(folder, 'no', 'x.json'), ''), code('folder-missing'));
    mkdirSync(join(folder, 'directory.json'));
    await assert.rejects(writeFileAtomic(join(folder, 'directory.json'), ''), code('is-a-folder'));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('.')),
      [],
    );
    if (process.getuid?.() === 0) return; // root may write everywhere
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o555);
    await assert.rejects(writeFileAtomic(join(locked, 'x.json'), ''), code('no-permission'));
    // What Node says of folders that it was to make, too.
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    assert.ok(code('no-permission')(storageError(missing, join(locked, 'a', 'b'))));
  });

  it('maps a full disk, a quota and a read-only disk', async () => {
    for (const [name, expected] of [
      ['ENOSPC', 'disk-full'],
      ['EDQUOT', 'disk-full'],
      ['EROFS', 'read-only-disk'],
      ['EIO', 'write-failed'],
    ] as const) {
      assert.ok(code(expected)(storageError(Object.assign(new Error(name), { code: name }), 'x')), name);
    }
    assert.ok(!existsSync(join(folder, 'x')));
  });
});
