/** Which caches did earlier versions leave in the system's temporary folder? Nobody reads them any more: they go, where they are this user's. */
import { lstat, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Names that could be guessed: another user may have put a folder there, which is left alone. */
export async function removeFormerCaches(temporary = tmpdir()): Promise<void> {
  const { uid } = userInfo();
  for (const kind of ['onnx', 'checkpoints']) {
    const folder = join(temporary, `nnunet-${kind}-${uid}`);
    const found = await lstat(folder).catch(() => undefined);
    if (!found?.isDirectory() || (process.platform !== 'win32' && found.uid !== uid)) continue;
    await rm(folder, { recursive: true, force: true });
  }
}
