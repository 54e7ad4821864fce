/**
 * What waits, in order: RESULTS/.nnunet/graph.json. Any window, command line or runner may change it, one at a time; a job that
 * ends starts the next ones, so that nobody has to be there.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NnunetError, RunError } from '../method/errors';
import { readEntryList } from './entryList';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { silentSeconds } from '../storage/heartbeats';
import { FileLock, liveHolder } from '../storage/lock';
import { isOnThisHost } from '../storage/processes';
import { isEntry, type GraphEntry } from './graphEntry';
import { notWritable } from './jobFolder';
import { oldQueue, takeOverOldQueue } from './oldQueue';
import { sharedFolder } from './runFolder';

const patienceMilliseconds = 20_000;
/** Between two looks at who holds it: of many who wait, one looks soon enough. */
const shortestPauseMilliseconds = 15;
const longestPauseMilliseconds = 200;
/** No lock is taken over sooner. */
const doubtMilliseconds = 10_000;

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
  const { lock, isLost } = await patientLock(resultsRoot);
  try {
    await takeOverOldQueue(resultsRoot, (more) => {
      const entries = readEntries(resultsRoot);
      const known = new Set(entries.map(({ id }) => id));
      write(resultsRoot, [...entries, ...more.filter(({ id }) => !known.has(id))]);
    });
    const before = readEntries(resultsRoot);
    const { entries, result } = edit(before);
    // A machine that slept in the middle was thought dead.
    if (isLost()) throw busy(resultsRoot);
    if (JSON.stringify(entries) !== JSON.stringify(before)) write(resultsRoot, entries);
    return result;
  } finally {
    lock.release();
  }
}

function write(resultsRoot: string, entries: readonly GraphEntry[]): void {
  writeFileAtomicSync(graphFile(resultsRoot), `${JSON.stringify({ entries }, undefined, 2)}\n`);
}

interface HeldLock {
  lock: FileLock;
  /** Whether others may have taken it over meanwhile, and did. */
  isLost(): boolean;
}

/** Waits as long as others come and go, and for one who holds it for long until he is known to be dead. */
async function patientLock(resultsRoot: string): Promise<HeldLock> {
  const folder = sharedFolder(resultsRoot);
  const file = join(folder, 'graph.lock');
  let holding: string | undefined;
  let since = performance.now();
  for (let pause = shortestPauseMilliseconds; ; pause = Math.min(longestPauseMilliseconds, pause * 1.3)) {
    let holder = liveHolder(file);
    if (!holder) {
      let isLost = false;
      const lock = await acquire(folder, file, () => (isLost = true));
      const heldSince = performance.now();
      const mayBeLost = (): boolean => performance.now() - heldSince > doubtMilliseconds;
      if (lock instanceof FileLock) {
        const look = (): boolean => {
          if (mayBeLost()) lock.beat();
          return isLost;
        };
        return { lock, isLost: look };
      }
      holder = lock.holder;
    }
    const { token, pid, host } = holder;
    const who = `${host} ${pid} ${token}`;
    if (who !== holding) [holding, since] = [who, performance.now()];
    const patience = patienceMilliseconds + (isOnThisHost(holder) ? 0 : silentSeconds * 1000);
    if (performance.now() - since > patience) throw busy(resultsRoot, `process ${pid} on ${host}`);
    await sleep(pause * (0.5 + Math.random()));
  }
}

async function acquire(folder: string, file: string, onLost: () => void): ReturnType<typeof FileLock.acquire> {
  try {
    fs.mkdirSync(folder, { recursive: true });
    return await FileLock.acquire(file, { onLost });
  } catch (error) {
    throw error instanceof NnunetError ? error : notWritable(error, folder);
  }
}

function busy(resultsRoot: string, who?: string): RunError {
  return new RunError('graph-busy', 'Another program has been changing the list of jobs for too long', {
    where: who ?? sharedFolder(resultsRoot),
    hint: 'Try again.',
  });
}
