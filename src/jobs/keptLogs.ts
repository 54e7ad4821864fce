/** What do long logs add up to that this user's programs have read before? Kept in the user's cache, with where reading goes on. */
import { readCached, trimCache, writeCached } from '../storage/userCache';
import type { ReadLog } from './jobLog';

/** Another number whenever events add up otherwise: what earlier versions kept is read anew. */
const version = 1;

/** Of some thousand trainings. */
const limitBytes = 128 << 20;

/** @returns undefined where nothing usable was kept */
export async function keptLog(folder: string): Promise<ReadLog | undefined> {
  try {
    const text = await readCached('logs', [folder], '.json');
    const value: unknown = text && JSON.parse(text.toString('utf8'));
    return isKept(value) ? { place: value.place, summary: value.summary } : undefined;
  } catch {
    return undefined; // No folder for caches, or a damaged file: the log itself tells the same, only later.
  }
}

/** @returns whether it could be */
export async function keepLog(folder: string, log: ReadLog): Promise<boolean> {
  try {
    await writeCached('logs', [folder], '.json', JSON.stringify({ version, ...log }));
    return true;
  } catch {
    return false; // As above.
  }
}

export async function sweepKeptLogs(): Promise<void> {
  await trimCache('logs', limitBytes).catch(() => undefined);
}

function isKept(value: unknown): value is ReadLog {
  const { version: writtenBy, place, summary } = (value ?? {}) as Partial<ReadLog> & { version?: number };
  return (
    writtenBy === version &&
    typeof place === 'object' &&
    Number.isSafeInteger(place.position) &&
    place.position >= 0 &&
    [place.inode, place.changed, place.head, place.tail].every((text) => typeof text === 'string') &&
    typeof summary?.progress === 'object' &&
    [summary.diceCurve, summary.epochSeconds].every(isCurve)
  );
}

function isCurve(values: unknown): boolean {
  return Array.isArray(values) && values.every((value) => value === null || typeof value === 'number');
}
