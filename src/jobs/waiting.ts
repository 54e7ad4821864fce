/** Which jobs wait, in which order, and how does a person change that? */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { NnunetError } from '../method/errors';
import { activeHolder } from '../dataset/foldLock';
import { isOnThisHost } from '../storage/processes';
import type { GraphEntry, JobFailure } from './graphEntry';
import { changeGraph, readGraph } from './graphFile';
import { worksNow } from './handedOver';
import type { AnyJob } from './job';
import { readJob, workFolder } from './jobFolder';
import { handleFile } from './launchFile';
import { oldQueue } from './oldQueue';

export interface WaitingJob extends Omit<GraphEntry, 'id'> {
  job: AnyJob;
  /** Among all that wait, counted from 0. */
  place: number;
  /** Where it will work: a training's fold folder, or its own. */
  folder: string;
}

/** One that is listed and can't be read: it can only be removed. */
interface DamagedJob {
  id: string;
  failure: JobFailure;
}

/** In the order in which they will start; nothing is written. @throws as `readGraph` */
export function readWaiting(resultsRoot: string): WaitingJob[] {
  return readWaitingAnd(resultsRoot).waiting;
}

export function readWaitingAnd(resultsRoot: string): { waiting: WaitingJob[]; damaged: DamagedJob[] } {
  const { waiting, damaged } = withJobs(resultsRoot, readGraph(resultsRoot));
  // What a scheduler has stays in the list until it is done with it; while it works it waits for nothing.
  return { waiting: waiting.filter(({ handedOver, job, folder }) => !handedOver || !worksNow(job, folder)), damaged };
}

export function withJobs(
  resultsRoot: string,
  entries: readonly GraphEntry[],
): { waiting: WaitingJob[]; damaged: DamagedJob[] } {
  const old = entries.length > 0 ? oldQueue(resultsRoot) : [];
  const waiting: WaitingJob[] = [];
  const damaged: DamagedJob[] = [];
  entries.forEach(({ id, ...entry }, place) => {
    try {
      const job: AnyJob = old.find((one) => one.job.id === id)?.job ?? readJob(resultsRoot, id);
      waiting.push({ ...entry, job, place, folder: workFolder(resultsRoot, job) });
    } catch (error) {
      damaged.push({ id, failure: failureOf(error) });
    }
  });
  return { waiting, damaged };
}

/** Those that have started or gone meanwhile are no error. @returns the ids of those that were taken off */
export async function removeWaiting(resultsRoot: string, ids: readonly string[]): Promise<string[]> {
  return changeGraph(resultsRoot, (entries) => {
    const [gone, kept] = partition(entries, ({ id }) => ids.includes(id));
    return { entries: kept, result: gone.map(({ id }) => id) };
  });
}

/** @param places  -1: one earlier; 1: one later; beyond the ends: to the end. @returns its place now, undefined where it waits no more */
export async function moveWaiting(resultsRoot: string, id: string, places: number): Promise<number | undefined> {
  return changeGraph(resultsRoot, (entries) => {
    const from = entries.findIndex((entry) => entry.id === id);
    if (from < 0) return { entries, result: undefined };
    const rest = entries.filter((entry) => entry.id !== id);
    const to = Math.max(0, Math.min(rest.length, from + places));
    return { entries: [...rest.slice(0, to), entries[from]!, ...rest.slice(to)], result: to };
  });
}

/**
 * Lets a job that failed to start wait again, with those that failed because of it; one that was to start elsewhere starts on this
 * machine. @returns whether it is there
 */
export async function retryWaiting(resultsRoot: string, id: string): Promise<boolean> {
  return changeGraph(resultsRoot, (entries) => {
    const asked = entries.find((entry) => entry.id === id);
    if (!asked) return { entries, result: false };
    const again = new Set([id]);
    const { waiting } = withJobs(resultsRoot, entries);
    // Later ones may stand before those that they wait for.
    for (let found = true; found;) {
      const more = waiting.find(
        ({ job, failure }) =>
          failure?.code === 'earlier-job-failed' && !again.has(job.id) && job.after.some((one) => again.has(one.id)),
      );
      if (more) again.add(more.job.id);
      found = more !== undefined;
    }
    for (const { job, folder, failure } of waiting) {
      // It may have begun, and ended before it could say anything.
      if (again.has(job.id) && failure && !activeHolder(folder))
        fs.rmSync(handleFile(resultsRoot, job.id), { force: true });
    }
    return {
      entries: entries.map(({ failure, ...entry }) => {
        if (!again.has(entry.id)) return { ...entry, ...(failure && { failure }) };
        if (entry.id !== id) return entry;
        const { starting, ...rest } = entry;
        // Should the other machine be starting it after all: there is one first start.
        return { ...rest, host: hostname(), ...(starting && isOnThisHost(starting) && { starting }) };
      }),
      result: true,
    };
  });
}

export function failureOf(error: unknown): JobFailure {
  if (error instanceof NnunetError) {
    const { code, message, hint, where } = error;
    return { code, message, hint, ...(where !== undefined && { where }) };
  }
  return { code: 'unexpected', message: (error as Error)?.message ?? String(error), hint: '' };
}

function partition<T>(all: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}
