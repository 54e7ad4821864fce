import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import type { NnunetError } from '../../../src/method/errors';
import { cacheBase, cachedFile, fileStamp, sweepCache } from '../../../src/storage/userCache';
import { scratchFolder } from '../dataset/scratch';

const hasCode = (code: string) => (error: NnunetError) => error.code === code;
/** Rights of others; Windows has its own. */
const posix = { skip: process.platform === 'win32' };

describe('the cache of prepared models', () => {
  let made: number;
  beforeEach(() => (made = 0));

  async function home(context: TestContext): Promise<string> {
    const folder = await scratchFolder(context);
    const before = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = folder;
    context.after(() => {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
    });
    return folder;
  }

  const weights = (key: string, bytes = 10, limit?: number): Promise<string> =>
    cachedFile('onnx', [key], '.onnx', (file) => ((made += 1), writeFile(file, Buffer.alloc(bytes))), limit);

  it('makes a file once, and another for another key', async (context) => {
    await home(context);
    const first = await weights('a');
    assert.equal(await weights('a'), first);
    assert.equal(made, 1);
    assert.notEqual(await weights('b'), first);
    assert.equal(made, 2);
  });

  it('is readable by this user alone, whatever there was before', posix, async (context) => {
    const folder = join(await home(context), 'nnunet', 'onnx');
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    await chmod(join(folder, '..'), 0o777);
    await weights('a');
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, '..'))).mode & 0o022, 0);
  });

  it('is refused where it leads elsewhere', posix, async (context) => {
    const base = await home(context);
    const elsewhere = await scratchFolder(context);
    await mkdir(join(base, 'nnunet'));
    await symlink(elsewhere, join(base, 'nnunet', 'onnx'));
    await assert.rejects(weights('a'), hasCode('cache-not-ours'));
    assert.deepEqual(await readdir(elsewhere), []);
  });

  it('is refused where it belongs to somebody else, who could have put weights there', posix, async (context) => {
    await home(context);
    await weights('a');
    const own = process.getuid!();
    context.mock.method(process as Required<typeof process>, 'getuid', () => own + 1);
    await assert.rejects(weights('a'), hasCode('cache-not-ours'));
    assert.equal(made, 1);
  });

  it('takes no link for a file that it has made', posix, async (context) => {
    await home(context);
    const file = await weights('a');
    const planted = join(await scratchFolder(context), 'planted');
    await writeFile(planted, 'evil');
    await rm(file);
    await symlink(planted, file);
    assert.equal((await readFile(await weights('a'))).length, 10);
    assert.equal(await readFile(planted, 'utf8'), 'evil');
  });

  it('forgets the least recently used when it grows too large, but not what may still be opened', async (context) => {
    await home(context);
    const hoursAgo = async (file: string, hours: number): Promise<void> => {
      const time = new Date(Date.now() - hours * 3600_000);
      await utimes(file, time, time);
    };
    const [oldest, older, recent] = [await weights('a', 40), await weights('b', 40), await weights('c', 40)];
    await hoursAgo(oldest, 5);
    await hoursAgo(older, 4);
    await hoursAgo(recent, 0.5);
    await weights('a', 40); // Used again.
    await weights('d', 40, 100);
    assert.equal(made, 4);
    const left = await readdir(join(oldest, '..'));
    assert.equal(left.length, 3);
    await weights('c', 40);
    await weights('a', 40);
    assert.equal(made, 4);
    await weights('b', 40);
    assert.equal(made, 5);
  });

  it('leaves nothing of a failure, and sweeps what a killed process left', async (context) => {
    await home(context);
    const failing = cachedFile('onnx', ['x'], '.onnx', async (file) => {
      await writeFile(file, 'half');
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    const folder = join(cacheBase(), 'nnunet', 'onnx');
    assert.deepEqual(await readdir(folder), []);
    await writeFile(join(folder, '.tmp-4194304999-abcdef-x.onnx'), 'half');
    await sweepCache('onnx');
    assert.deepEqual(await readdir(folder), []);
  });

  it('knows a file that was written again from before, though its size and time were kept', async (context) => {
    const file = join(await scratchFolder(context), 'checkpoint_final.pth');
    const time = new Date(1e12);
    await writeFile(file, 'aaaa');
    await utimes(file, time, time);
    const before = await fileStamp(file);
    assert.equal(await fileStamp(file), before);
    await writeFile(file, 'bbbb');
    await utimes(file, time, time);
    assert.notEqual(await fileStamp(file), before);
  });

  it('lies where each system keeps such files', () => {
    assert.equal(cacheBase({ XDG_CACHE_HOME: '/data/cache' }, 'linux'), '/data/cache');
    assert.match(cacheBase({ XDG_CACHE_HOME: 'relative' }, 'linux'), /\.cache$/);
    assert.match(cacheBase({}, 'darwin'), /Library.Caches$/);
    assert.equal(cacheBase({ LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' }, 'win32'), 'C:\\Users\\a\\AppData\\Local');
  });
});
