/**
 * What waits, in order: RESULTS/.nnunet/graph.json. Any window, command line or runner may change it, one at a time; a job that
 * ends starts the next ones, so that nobody has to be there.
 */
import { join } from 'node:path';
import { RunError } from '../method/errors';
import { readEntryList } from './entryList';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { patientLock } from '../storage/patientLock';
import { isEntry, type GraphEntry } from './graphEntry';
import { notWritable } from './jobFolder';
import { oldQueue, takeOverOldQueue } from './oldQueue';
import { sharedFolder } from './runFolder';

export function graphFile(resultsRoot: string): string {
  return join(sharedFolder(resultsRoot), 'graph.json');
}

/** In the order in which they will start; nothing is written. @throws JsonError, RunError `graph-damaged`, `queue-damaged` */
export function readGraph(resultsRoot: string): GraphEntry[] {
  const entries = readEntries(resultsRoot);
  const known = new Set(entries.map(({ id }) => id));
  return [...entries, ...oldQueue(resultsRoot).flatMap(({ entry }) => (known.has(entry.id) ? [] : [entry]))];
}

function readEntries(resultsRoot: string): GraphEntry[] {
  const file = graphFile(resultsRoot);
  const entries = readEntryList(file);
  if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  throw new RunError('graph-damaged', 'The list of waiting jobs is damaged', {
    where: file,
    hint: 'Nothing was changed and nothing was started. Move the file away to go on: what runs is not touched, what waits has to be asked for again.',
  });
}

interface Change<T> {
  entries: readonly GraphEntry[];
  result: T;
}

/** The lock keeps other processes out; this keeps this one's changes apart. */
let lastChange: Promise<unknown> = Promise.resolve();

/**
 * Reads, changes and writes the list while nobody else does.
 * @throws RunError `graph-busy`; StorageError where it can't be written; what `readGraph` and `edit` throw
 */
export function changeGraph<T>(resultsRoot: string, edit: (entries: readonly GraphEntry[]) => Change<T>): Promise<T> {
  const mine = lastChange.then(() => changeLocked(resultsRoot, edit));
  lastChange = mine.catch(() => undefined);
  return mine;
}

async function changeLocked<T>(resultsRoot: string, edit: (entries: readonly GraphEntry[]) => Change<T>): Promise<T> {
  const folder = sharedFolder(resultsRoot);
  const lock = await patientLock(join(folder, 'graph.lock'), {
    busy: (who) => busy(resultsRoot, who),
    notWritable: (error) => notWritable(error, folder),
  });
  try {
    await takeOverOldQueue(resultsRoot, (more) => {
      const entries = readEntries(resultsRoot);
      const known = new Set(entries.map(({ id }) => id));
      write(resultsRoot, [...entries, ...more.filter(({ id }) => !known.has(id))]);
    });
    const before = readEntries(resultsRoot);
    const { entries, result } = edit(before);
    if (lock.isLost()) throw busy(resultsRoot);
    if (JSON.stringify(entries) !== JSON.stringify(before)) write(resultsRoot, entries);
    return result;
  } finally {
    lock.release();
  }
}

function write(resultsRoot: string, entries: readonly GraphEntry[]): void {
  writeFileAtomicSync(graphFile(resultsRoot), `${JSON.stringify({ entries }, undefined, 2)}\n`);
}

function busy(resultsRoot: string, who?: string): RunError {
  return new RunError('graph-busy', 'Another program has been changing the list of jobs for too long', {
    where: who ?? sharedFolder(resultsRoot),
    hint: 'Try again.',
  });
}
