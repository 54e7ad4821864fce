/** Renames files all together or not at all, never onto a file that is there; a journal tells what was called what. */
import { link, mkdir, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeFileAtomic } from '../storage/atomicFile';
import { storageError } from '../storage/diskErrors';
import { DatasetError } from '../method/errors';
import { isObject } from '../method/jsonShape';

/** Paths relative to the folder that holds the journal's folder. */
export interface Renaming {
  from: string;
  to: string;
}

interface Journal {
  state: 'started' | 'done';
  renamed: Renaming[];
}

const journalName = 'renamed.json';

/**
 * @param journalFolder  made where it is missing; keeps `renamed.json`
 * @throws DatasetError fix-name-taken; StorageError. Then every file has its old name again.
 */
export async function renameTogether(
  folder: string,
  journalFolder: string,
  renamed: readonly Renaming[],
): Promise<void> {
  const targets = renamed.map(({ to }) => to);
  const taken = targets.find((to, index) => targets.indexOf(to) !== index);
  if (taken !== undefined) throw nameTaken(join(folder, taken));
  const journal = join(journalFolder, journalName);
  const write = (state: Journal['state']): Promise<void> =>
    writeFileAtomic(journal, JSON.stringify({ state, renamed: [...renamed] } satisfies Journal, null, 2));
  await mkdir(journalFolder, { recursive: true }).catch((error: unknown) => {
    throw storageError(error, journalFolder);
  });
  await write('started');
  const done: Renaming[] = [];
  try {
    for (const one of renamed) {
      await move(join(folder, one.from), join(folder, one.to));
      done.push(one);
    }
  } catch (error) {
    for (const { from, to } of done.reverse()) await move(join(folder, to), join(folder, from));
    await unlink(journal);
    throw storageError(error, join(folder, renamed[done.length]!.from));
  }
  await syncFolders(folder, renamed);
  await write('done');
}

/** Completes what an earlier call began when its process was ended. @returns the files that have their new names now */
export async function finishRenaming(folder: string, journalFolders: RegExp): Promise<Renaming[]> {
  const finished: Renaming[] = [];
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((one) => journalFolders.test(one))) {
    const file = join(folder, name, journalName);
    const journal = await readJournal(file);
    if (journal?.state !== 'started') continue;
    for (const one of journal.renamed) {
      const [from, to] = [join(folder, one.from), join(folder, one.to)];
      const [source, target] = await Promise.all([identity(from), identity(to)]);
      if (source === undefined) continue;
      // The new name was there already, the old one not yet gone.
      if (source === target) await unlink(from);
      else await move(from, to);
      finished.push(one);
    }
    await syncFolders(folder, journal.renamed);
    await writeFileAtomic(file, JSON.stringify({ ...journal, state: 'done' } satisfies Journal, null, 2));
  }
  return finished;
}

async function readJournal(file: string): Promise<Journal | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw storageError(error, file);
  });
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return isObject(value) && Array.isArray(value.renamed) ? (value as unknown as Journal) : undefined;
}

/** A link to the new name fails where the name is taken; a rename would replace the file. */
async function move(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      // "a.NII.GZ" and "a.nii.gz" are one file where capital letters don't count.
      const isSame = from.toLowerCase() === to.toLowerCase() && (await identity(from)) === (await identity(to));
      if (!isSame) throw nameTaken(to);
    } else if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) {
      throw storageError(error, from);
    } else if ((await identity(to)) !== undefined) {
      // Not every disk has links (exFAT, some shares).
      throw nameTaken(to);
    }
    await rename(from, to);
    return;
  }
  await unlink(from);
}

function nameTaken(file: string): DatasetError {
  return new DatasetError('fix-name-taken', 'There is a file of this name already', {
    where: file,
    hint: 'Nothing was renamed. Move it away, or decide which of the two is right.',
  });
}

async function identity(file: string): Promise<string | undefined> {
  const info = await stat(file).catch(() => undefined);
  return info && `${info.dev}:${info.ino}`;
}

async function syncFolders(folder: string, renamed: readonly Renaming[]): Promise<void> {
  for (const parent of new Set(renamed.map(({ to }) => dirname(join(folder, to))))) await syncFolder(parent);
}
