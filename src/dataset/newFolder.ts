/** Builds a folder under a temporary name and gives it its own name when it is complete, so that a half-written one is never seen. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { storageError } from '../storage/diskErrors';
import { exists } from '../storage/exists';
import { isAliveHere } from '../storage/processes';
import { DatasetError } from '../method/errors';
import { unfinishedBy, unfinishedName } from './names';

/**
 * @param build  fills the folder it is given; when it throws or `signal` aborts, everything it wrote is removed
 * @throws DatasetError `folder-exists` if there is something at `folder` already; an empty folder is filled
 */
export async function createFolder<T>(
  folder: string,
  build: (unfinished: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await refuseExisting(folder);
  const publish = async (unfinished: string): Promise<void> => {
    await refuseExisting(folder);
    if (await exists(folder)) return moveInto(folder, unfinished);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      // Somebody else may have been quicker.
      await refuseExisting(folder);
      throw error;
    });
  };
  return buildBeside(folder, build, publish, signal);
}

/** A folder in its place would be another one: a terminal that stands in it would stand nowhere. */
async function moveInto(folder: string, unfinished: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of await readdir(unfinished)) {
      await rename(join(unfinished, name), join(folder, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) await rename(join(folder, name), join(unfinished, name));
    throw error;
  }
}

/**
 * The same where the folder may hold other things already.
 * @param publish  moves what was built to where it belongs; what it leaves is removed
 */
export async function buildBeside<T>(
  folder: string,
  build: (unfinished: string) => Promise<T>,
  publish: (unfinished: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  await sweepAbandoned(dirname(folder));
  const unfinished = join(dirname(folder), unfinishedName(basename(folder)));
  try {
    await mkdir(unfinished, { recursive: true });
  } catch (error) {
    throw storageError(error, dirname(folder));
  }
  try {
    const result = await build(unfinished);
    signal?.throwIfAborted();
    await publish(unfinished);
    return result;
  } catch (error) {
    if (isDiskError(error)) throw storageError(error, folder);
    throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Removes what processes of this machine left behind that were killed while they built a folder here. */
async function sweepAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const pid = unfinishedBy(name);
    if (pid === undefined || isAliveHere(pid)) continue;
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

async function refuseExisting(folder: string): Promise<void> {
  const content = await readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : ['?']));
  if (content.length === 0) return;
  throw new DatasetError('folder-exists', 'There is already something in this place', {
    where: folder,
    hint: 'Choose another name or number, or move it away; nothing was overwritten.',
  });
}

function isDiskError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'].includes(code);
}
