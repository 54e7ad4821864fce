/** A folder that is made of other files and can be made again: it is replaced as a whole, when all of the new one is there. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, isDiskError, storageError } from '../storage/diskErrors';

/**
 * @param isDerived  tells by its name what was made here before and goes; whatever else lies in the folder stays in it
 * @param fill  writes the new files into an empty folder beside
 */
export async function replaceFolder(
  folder: string,
  isDerived: (name: string) => boolean,
  fill: (scratch: string) => Promise<void>,
): Promise<void> {
  const beside = (state: string): string => join(dirname(folder), `.${basename(folder)}-${state}`);
  const [fresh, former] = [beside('unfinished'), beside('former')];
  try {
    await putAway(former, folder, isDerived);
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true });
    await fill(fresh);
    await renameIfThere(folder, former);
    await rename(fresh, folder);
    await putAway(former, folder, isDerived);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw isDiskError(error) ? storageError(error, folder) : error;
  }
}

/** Also where a process was killed in between: what is not derived goes back before the rest is removed. */
async function putAway(former: string, folder: string, isDerived: (name: string) => boolean): Promise<void> {
  const names = await namesIn(former);
  const kept = names.filter((name) => !isDerived(name));
  if (kept.length > 0) await mkdir(folder, { recursive: true });
  for (const name of kept) await rename(join(former, name), join(folder, name));
  await rm(former, { recursive: true, force: true });
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
