/**
 * Trainings that wait for their turn: nnUNet_results/.nnunet/queue.json, one queue for each results root.
 * Any window, command line or runner may change it; a run that ends starts the next one, so that nobody has to be there.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '../storage/atomicFile';
import { NnunetError, RunError } from '../method/errors';
import { parseJson } from '../method/json';
import { machineDevices, placesFor } from './devices';
import type { LaunchedRun } from './launch';
import { foldFolders } from './list';
import { activeHolder, RunLock } from '../dataset/foldLock';
import { silentSeconds } from '../storage/heartbeats';
import { isAlive, isOnThisHost, ownIdentity, type ProcessIdentity } from '../storage/processes';
import { deviceFor, foldFolder, readRecord, sharedFolder, type RunRequest } from './runFolder';

export interface QueueEntry {
  id: string;
  request: RunRequest;
  /** Devices belong to a machine: an entry starts on the one where it was added. */
  host: string;
  addedAt: string;
  /** Who is starting it just now. */
  starting?: ProcessIdentity & { since: string };
  /** Why it could not be started; it stays in the list until it is removed or tried again. */
  failure?: { code: string; message: string; hint: string };
}

const lockPatienceMilliseconds = 10_000;

export function queueFile(resultsRoot: string): string {
  return join(sharedFolder(resultsRoot), 'queue.json');
}

/** In the order in which they will start. @throws JsonError, RunError `queue-damaged` */
export function readQueue(resultsRoot: string): QueueEntry[] {
  const file = queueFile(resultsRoot);
  if (!fs.existsSync(file)) return [];
  const { entries } = (parseJson(fs.readFileSync(file, 'utf8'), file) ?? {}) as { entries?: QueueEntry[] };
  if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  throw new RunError('queue-damaged', 'The queue of trainings is damaged', {
    where: file,
    hint: 'Delete the file: only trainings that have not started yet are lost.',
  });
}

/**
 * Appends trainings.
 * @throws RunError `already-queued` for a fold that waits already
 */
export async function enqueue(resultsRoot: string, requests: readonly RunRequest[]): Promise<QueueEntry[]> {
  return change(resultsRoot, (entries) => {
    const waiting = new Set(entries.filter(({ failure }) => !failure).map(({ request }) => foldFolder(request)));
    const twice = requests.find((request) => waiting.has(foldFolder(request)));
    if (twice) {
      throw new RunError('already-queued', `Fold ${twice.fold} of ${twice.configuration} waits in the queue already`, {
        where: foldFolder(twice),
        hint: 'Remove it from the queue first if it is to be trained otherwise.',
      });
    }
    const replaced = new Set(requests.map(foldFolder));
    const added = requests.map((request) => ({
      id: randomBytes(4).toString('hex'),
      request,
      host: hostname(),
      addedAt: new Date().toISOString(),
    }));
    return {
      entries: [...entries.filter(({ request }) => !replaced.has(foldFolder(request))), ...added],
      result: added,
    };
  });
}

/** Entries that have started or gone meanwhile are no error. */
export async function removeFromQueue(resultsRoot: string, ids: readonly string[]): Promise<void> {
  await change(resultsRoot, (entries) => ({
    entries: entries.filter(({ id }) => !ids.includes(id)),
    result: undefined,
  }));
}

/** @param places  -1: one earlier; 1: one later; beyond the ends: to the end */
export async function moveInQueue(resultsRoot: string, id: string, places: number): Promise<void> {
  await change(resultsRoot, (entries) => {
    const from = entries.findIndex((entry) => entry.id === id);
    if (from < 0) return { entries, result: undefined };
    const rest = entries.filter((entry) => entry.id !== id);
    const to = Math.max(0, Math.min(rest.length, from + places));
    return { entries: [...rest.slice(0, to), entries[from]!, ...rest.slice(to)], result: undefined };
  });
}

/** Lets an entry that failed to start wait again. */
export async function retryInQueue(resultsRoot: string, id: string): Promise<void> {
  await change(resultsRoot, (entries) => ({
    entries: entries.map((entry) => (entry.id === id ? { ...entry, failure: undefined } : entry)),
    result: undefined,
  }));
}

/**
 * Starts what can start now: in order, one run at a time for each device of this machine. Safe to call at any time, from
 * several processes at once.
 */
export async function startWaiting(
  resultsRoot: string,
  launch: (request: RunRequest) => Promise<LaunchedRun>,
  devices: () => Promise<readonly string[]> = machineDevices,
): Promise<LaunchedRun[]> {
  const started: LaunchedRun[] = [];
  if (readQueue(resultsRoot).length === 0) return started;
  const machine = await devices();
  for (;;) {
    const entry = await claimNext(resultsRoot, machine);
    if (!entry) return started;
    try {
      started.push(await launch(entry.request));
      await removeFromQueue(resultsRoot, [entry.id]);
    } catch (error) {
      await noteFailure(resultsRoot, entry.id, error);
    }
  }
}

/** Whether two `--device` values may mean the same device; "auto" may mean any. */
export function sharesDevice(a: string, b: string): boolean {
  const [one, other] = [a, b].map((device) => (device === 'cuda' ? 'cuda:0' : device));
  return one === other || one === 'auto' || other === 'auto';
}

/** Devices that this machine's runs below a results root work on. */
export function devicesInUse(resultsRoot: string): string[] {
  return foldFolders(resultsRoot).flatMap((folder) => {
    const holder = activeHolder(folder);
    return holder && isOnThisHost(holder) ? [deviceOf(folder)] : [];
  });
}

/** Marks the entry that is next; undefined where none can start now. */
async function claimNext(resultsRoot: string, machine: readonly string[]): Promise<QueueEntry | undefined> {
  return change(resultsRoot, (all) => {
    const entries = all.filter((entry) => !hasStarted(entry));
    // A run that was not given a place takes the first.
    const busy = devicesInUse(resultsRoot).map((device) => placesFor(device, machine)[0]!);
    for (const { starting, request } of entries) {
      if (isBeingStarted(starting)) busy.push(placesFor(deviceFor(request), machine)[0]!);
    }
    let place: string | undefined;
    const next = entries.find((entry) => {
      const { host, starting, failure, request } = entry;
      if (host !== hostname() || failure || isBeingStarted(starting) || activeHolder(foldFolder(request))) return false;
      // What it waits for may stand behind it: it blocks nobody.
      if (waitsForOthers(entry, entries)) return false;
      const places = placesFor(request.options.device, machine);
      place = places.find((one) => !busy.some((device) => sharesDevice(device, one)));
      if (place !== undefined) return true;
      // Those behind it must not overtake it on its own device.
      busy.push(...places);
      return false;
    });
    if (!next) return { entries, result: undefined };
    const claimed = {
      ...next,
      request: { ...next.request, assignedDevice: place === next.request.options.device ? undefined : place },
      starting: { ...ownIdentity(), since: new Date().toISOString() },
    };
    return { entries: entries.map((entry) => (entry === next ? claimed : entry)), result: claimed };
  });
}

/** Whether runs that must come before it are still going on or waiting. */
export function waitsForOthers({ request }: QueueEntry, entries: readonly QueueEntry[]): boolean {
  const waiting = new Set(entries.filter(({ failure }) => !failure).map((entry) => foldFolder(entry.request)));
  return (request.after ?? []).some((folder) => waiting.has(folder) || activeHolder(folder) !== undefined);
}

async function noteFailure(resultsRoot: string, id: string, error: unknown): Promise<void> {
  const failure =
    error instanceof NnunetError
      ? { code: error.code, message: error.message, hint: error.hint }
      : { code: 'unexpected', message: (error as Error)?.message ?? String(error), hint: '' };
  await change(resultsRoot, (entries) => ({
    entries: entries.map((entry) => (entry.id === id ? { ...entry, starting: undefined, failure } : entry)),
    result: undefined,
  }));
}

function isBeingStarted(starting: QueueEntry['starting']): boolean {
  if (!starting) return false;
  return isOnThisHost(starting) ? isAlive(starting) : Date.now() - Date.parse(starting.since) < 120_000;
}

/** Whoever started it ended before it could take it off the list. */
function hasStarted({ starting, request }: QueueEntry): boolean {
  if (!starting || isBeingStarted(starting)) return false;
  const startTime = recordOf(foldFolder(request))?.startTime;
  return startTime !== undefined && startTime >= starting.since;
}

function deviceOf(folder: string): string {
  const record = recordOf(folder);
  return record?.options ? deviceFor(record) : 'auto';
}

function recordOf(folder: string): ReturnType<typeof readRecord> {
  try {
    return readRecord(folder);
  } catch {
    return undefined; // Damaged: what it was started with is not known.
  }
}

type Edit<T> = (entries: QueueEntry[]) => { entries: QueueEntry[]; result: T };

/** The lock keeps other processes out; this keeps this one's changes apart. */
let lastChange: Promise<unknown> = Promise.resolve();

/** Reads, changes and writes the queue while nobody else does. */
async function change<T>(resultsRoot: string, edit: Edit<T>): Promise<T> {
  const mine = lastChange.then(() => changeLocked(resultsRoot, edit));
  lastChange = mine.catch(() => undefined);
  return mine;
}

async function changeLocked<T>(resultsRoot: string, edit: Edit<T>): Promise<T> {
  fs.mkdirSync(sharedFolder(resultsRoot), { recursive: true });
  const lock = await patientLock(sharedFolder(resultsRoot));
  try {
    const before = readQueue(resultsRoot);
    const { entries, result } = edit(before);
    if (JSON.stringify(entries) !== JSON.stringify(before)) {
      await writeFileAtomic(queueFile(resultsRoot), `${JSON.stringify({ entries }, undefined, 2)}\n`);
    }
    return result;
  } finally {
    lock.release();
  }
}

async function patientLock(folder: string): Promise<RunLock> {
  const deadline = performance.now() + lockPatienceMilliseconds;
  for (;;) {
    try {
      return await RunLock.acquire(folder);
    } catch (error) {
      if (!(error instanceof RunError) || error.code !== 'run-active') throw error;
      const holder = activeHolder(folder);
      // One on another machine may have died: that is known only after it was silent for long.
      const patience = !holder || isOnThisHost(holder) ? 0 : silentSeconds * 1000;
      if (performance.now() > deadline + patience) {
        throw new RunError('queue-busy', 'Another program has been changing the queue of trainings for too long', {
          where: folder,
          hint: 'Try again.',
        });
      }
      await sleep(20 + Math.random() * 30);
    }
  }
}

function isEntry(value: unknown): value is QueueEntry {
  const entry = value as Partial<QueueEntry> | null;
  return (
    typeof entry?.id === 'string' && typeof entry.request?.folders?.results === 'string' && !!entry.request.options
  );
}
