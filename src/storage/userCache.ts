/** Where may copies lie that can be made again, such as converted weights? In a folder that only this user can write, of bounded size. */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { renameInto } from './atomicFile';
import { removeFormerCaches } from './formerCaches';
import { sweepTemporaryFiles, temporaryPath } from './temporaryFiles';
import { StorageError } from '../method/errors';

type CacheKind = 'onnx' | 'checkpoints' | 'logs';
/** Jobs, and what they have taken of this machine, are no copies: they lie beside them, and nothing here removes them. */
type PrivateKind = CacheKind | 'jobs' | 'turns';

/** About fifteen folds of a usual network each; home folders on clusters are small. */
const limitBytes = 4 * 2 ** 30;
/** What was used so shortly before the newest file may be about to be opened, by this process or another. */
const inUseMilliseconds = 60 * 60_000;

/** The user's own, as each system has it. */
export function cacheBase(environment: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (platform === 'win32') return local ?? join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  // The standard says that a relative path counts as none.
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
}

/**
 * A file that stays for the next time.
 * @param key  everything that its content depends on, see `fileStamp`
 * @param make  writes it under the name that it is given
 * @throws StorageError `cache-not-ours` where somebody else could have put files there; what `make` throws
 */
export async function cachedFile(
  kind: CacheKind,
  key: readonly string[],
  ending: string,
  make: (temporary: string) => Promise<unknown>,
  limit = limitBytes,
): Promise<string> {
  const folder = await privateFolder(kind);
  const file = fileFor(folder, key, ending);
  if (await isOurFile(file)) {
    await noteUse(file);
    return file;
  }
  const temporary = temporaryPath(file);
  try {
    await make(temporary);
    await renameInto(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  await removeLongUnused(folder, limit);
  return file;
}

/** What was written with `writeCached`. @param key  what it is about: the content says itself whether it still holds */
export async function readCached(kind: CacheKind, key: readonly string[], ending: string): Promise<Buffer | undefined> {
  const file = fileFor(await privateFolder(kind), key, ending);
  if (!(await isOurFile(file))) return undefined;
  await noteUse(file);
  return readFile(file);
}

/** In place of what was there; `trimCache` keeps it bounded. */
export async function writeCached(
  kind: CacheKind,
  key: readonly string[],
  ending: string,
  content: string,
): Promise<void> {
  const file = fileFor(await privateFolder(kind), key, ending);
  const temporary = temporaryPath(file);
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await renameInto(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function trimCache(kind: CacheKind, limit: number): Promise<void> {
  await removeLongUnused(await privateFolder(kind), limit);
}

/** Another one whenever the file is another or was written again, even where size and time of the content were kept. */
export async function fileStamp(file: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join('.');
}

/** Removes what processes that were killed in the middle of making a file have left. */
export async function sweepCache(kind: CacheKind): Promise<void> {
  // What can't be removed is in nobody's way.
  await removeFormerCaches().catch(() => undefined);
  sweepTemporaryFiles(await privateFolder(kind), { isOurs: true });
}

/**
 * A folder of this user, which nobody else can read.
 * @throws StorageError `cache-not-ours`
 */
export async function privateFolder(kind: PrivateKind): Promise<string> {
  const name = process.platform === 'win32' ? 'nnunet' : `nnunet-${process.getuid!()}`;
  return (await folderAtHome(kind)) ?? folderWithin(join(tmpdir(), name), kind);
}

/** @returns undefined where there is no home, or one that can't be written, as in containers and for services */
async function folderAtHome(kind: PrivateKind): Promise<string | undefined> {
  try {
    return await folderWithin(join(cacheBase(), 'nnunet'), kind);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (withoutHome.includes(code)) return undefined;
    throw error;
  }
}

/** The last one where the system does not know the user. */
const withoutHome = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ERR_SYSTEM_ERROR'];

async function folderWithin(ours: string, kind: PrivateKind): Promise<string> {
  const folder = join(ours, kind);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Whoever may write the folder above could put another one in its place.
  await requireOurs(ours, 0o022);
  await requireOurs(folder, 0o077);
  return folder;
}

/** Takes from a folder of ours what others may do with it. */
async function requireOurs(folder: string, forbidden: number): Promise<void> {
  const found = await lstat(folder);
  const refuse = (what: string): StorageError =>
    new StorageError('cache-not-ours', `The folder of this program's own files ${what}`, {
      where: folder,
      hint:
        process.platform === 'linux'
          ? 'Move it away, or set XDG_CACHE_HOME to a folder of your own.'
          : 'Move it away; it is made again.',
    });
  if (!found.isDirectory()) throw refuse(found.isSymbolicLink() ? 'is a link to another place' : 'is no folder');
  if (process.platform === 'win32') return;
  if (!isOfThisUser(found)) throw refuse('belongs to another user');
  if ((found.mode & forbidden) !== 0) await chmod(folder, found.mode & ~forbidden & 0o777);
}

function fileFor(folder: string, key: readonly string[], ending: string): string {
  return join(folder, `${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 24)}${ending}`);
}

async function noteUse(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now);
}

async function isOurFile(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  return found !== undefined && found.isFile() && (process.platform === 'win32' || isOfThisUser(found));
}

function isOfThisUser({ uid }: Stats): boolean {
  return uid === process.getuid!();
}

/** The least recently used go first. Times are compared with one another only: they are all of one disk's clock. */
async function removeLongUnused(folder: string, limit: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name) => ({
      file: join(folder, name),
      facts: await lstat(join(folder, name)).catch(() => undefined),
    })),
  );
  const files = found.flatMap(({ file, facts }) => (facts ? [{ file, bytes: facts.size, usedAt: facts.mtimeMs }] : []));
  files.sort((a, b) => b.usedAt - a.usedAt);
  const newest = files[0]?.usedAt ?? 0;
  let total = 0;
  for (const { file, bytes, usedAt } of files) {
    total += bytes;
    if (total > limit && newest - usedAt > inUseMilliseconds) await rm(file, { force: true });
  }
}
