/** What waited when an earlier version of this program was used: queue.json, whose trainings become jobs once. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { RunLock } from '../dataset/foldLock';
import { RunError } from '../method/errors';
import { readEntryList } from './entryList';
import type { GraphEntry, JobFailure } from './graphEntry';
import type { Job } from './job';
import { isJobId, writeJob } from './jobFolder';
import { foldFolder, sharedFolder, type RunRequest } from './runFolder';
import { rootsOf, trainingTitle } from './trainingJob';

/** Fold folders that had to end before it was to begin. */
type OldRequest = RunRequest & { after?: string[] };

interface OldEntry {
  id: string;
  request: OldRequest;
  host: string;
  addedAt: string;
  failure?: JobFailure;
}

interface TakenOver {
  entry: GraphEntry;
  job: Job<'train'>;
}

function oldFile(resultsRoot: string): string {
  return join(sharedFolder(resultsRoot), 'queue.json');
}

/** As what they would be now. Nothing is written. @throws JsonError, RunError `queue-damaged` */
export function oldQueue(resultsRoot: string): TakenOver[] {
  const file = oldFile(resultsRoot);
  const entries = readEntryList(file);
  if (!Array.isArray(entries) || !entries.every(isOldEntry)) {
    throw new RunError('queue-damaged', 'The queue of trainings of an earlier version is damaged', {
      where: file,
      hint: 'Delete the file: only trainings that have not started yet are lost.',
    });
  }
  return entries.map((entry) => takenOver(entry, entries));
}

/** To be called by whoever holds the lock. @param add  writes what waits; those that are there already are there once */
export async function takeOverOldQueue(
  resultsRoot: string,
  add: (entries: readonly GraphEntry[]) => void,
): Promise<void> {
  if (!fs.existsSync(oldFile(resultsRoot))) return;
  // Windows of the earlier version, still open, change it under this lock.
  const lock = await RunLock.acquire(sharedFolder(resultsRoot)).catch(() => undefined);
  if (!lock) return; // The next one who changes something looks again.
  try {
    const old = oldQueue(resultsRoot);
    for (const { job } of old) writeJob(resultsRoot, job);
    add(old.map(({ entry }) => entry));
    fs.rmSync(oldFile(resultsRoot), { force: true });
  } finally {
    lock.release();
  }
}

function takenOver({ id, request, host, addedAt, failure }: OldEntry, all: readonly OldEntry[]): TakenOver {
  const { after: folders = [], ...rest } = request;
  const earlier = all.filter((other) => other.id !== id && folders.includes(foldFolder(other.request)));
  const job: Job<'train'> = {
    id,
    kind: 'train',
    title: trainingTitle(request),
    request: rest,
    roots: rootsOf(request),
    resources: { device: request.options.device },
    after: earlier.map((other) => ({ id: other.id, is: 'ended' })),
    launcher: 'local',
    createdBy: { host, pid: 0 },
    createdAt: addedAt,
  };
  return { entry: { id, host, ...(failure && { failure }) }, job };
}

function isOldEntry(value: unknown): value is OldEntry {
  const entry = value as Partial<OldEntry> | null;
  return (
    isJobId(entry?.id) &&
    typeof entry?.host === 'string' &&
    typeof entry.request?.folders?.results === 'string' &&
    typeof entry.request.options?.device === 'string'
  );
}
