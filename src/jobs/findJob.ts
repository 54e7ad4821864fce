/** Which job does a person mean by an id, or by a folder? */
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { RunError } from '../method/errors';
import type { AnyJob } from './job';
import { readJob, workFolder } from './jobFolder';
import { foldFolders } from './list';
import { runStatus } from './jobLog';
import { jobIds } from './running';
import { runId } from './runFolder';
import { readWaitingAnd, type WaitingJob } from './waiting';

export interface FoundJob {
  /** As it is listed: of a training that has begun the one of its fold folder. */
  id: string;
  title: string;
  folder: string;
  /** What was asked for, where that can be read. */
  job?: AnyJob;
  waiting?: WaitingJob;
  /** It is in the list, and what it was asked for can't be read. */
  isDamaged?: true;
}

/**
 * @param reference  a folder, or an id as `nnunet jobs` shows it; its first digits are enough
 * @throws RunError `run-not-found`, `run-ambiguous`
 */
export function findJob(reference: string, resultsRoot: string): FoundJob {
  const byFolder = inFolder(reference, resultsRoot);
  if (byFolder) return byFolder;
  const all = /^[0-9a-f]{2,40}$/.test(reference) ? everyJob(resultsRoot) : [];
  const exact = all.filter(({ ids }) => ids.includes(reference));
  const matches = exact.length > 0 ? exact : all.filter(({ ids }) => ids.some((id) => id.startsWith(reference)));
  if (matches.length === 1) return matches[0]!.found();
  if (matches.length > 1) {
    throw new RunError('run-ambiguous', `"${reference}" is the beginning of ${matches.length} ids`, {
      hint: 'Give more digits of the id.',
    });
  }
  throw new RunError('run-not-found', `No job is called "${reference}"`, {
    where: resultsRoot,
    hint: 'Give a fold folder or an id that "nnunet jobs" lists.',
  });
}

function inFolder(reference: string, resultsRoot: string): FoundJob | undefined {
  for (const base of [process.cwd(), resultsRoot]) {
    const folder = resolve(base, reference);
    if (!fs.existsSync(folder)) continue;
    const known = everyJob(resultsRoot).find((one) => one.folder === folder && !one.isWaiting);
    if (known) return known.found();
    if (foldFolders(resultsRoot).includes(folder) && runStatus(folder)) return training(resultsRoot, folder, undefined);
  }
  return undefined;
}

interface Candidate {
  ids: string[];
  folder: string;
  isWaiting: boolean;
  found(): FoundJob;
}

/** Each once, though a fold folder may have been trained by several jobs. */
function everyJob(resultsRoot: string): Candidate[] {
  const { waiting, damaged } = readWaitingAnd(resultsRoot);
  const listed = new Set([...waiting.map(({ job }) => job.id), ...damaged.map(({ id }) => id)]);
  const begun = new Map<string, Candidate>();
  for (const folder of foldFolders(resultsRoot)) {
    const found = (): FoundJob => training(resultsRoot, folder, latestIn(resultsRoot, folder));
    begun.set(folder, { ids: [runId(resultsRoot, folder)], folder, isWaiting: false, found });
  }
  for (const id of jobIds(resultsRoot)) {
    const job = listed.has(id) ? undefined : readable(resultsRoot, id);
    if (!job) continue;
    const folder = workFolder(resultsRoot, job);
    const known = begun.get(folder);
    if (known) known.ids.push(id);
    else
      begun.set(folder, { ids: [id], folder, isWaiting: false, found: () => ({ id, title: job.title, folder, job }) });
  }
  return [
    ...waiting.map((entry): Candidate => {
      const { job, folder } = entry;
      const found = (): FoundJob => ({ id: job.id, title: job.title, folder, job, waiting: entry });
      return { ids: [job.id], folder, isWaiting: true, found };
    }),
    ...damaged.map(({ id }): Candidate => {
      const found = (): FoundJob => ({ id, title: `job ${id}`, folder: '', isDamaged: true });
      return { ids: [id], folder: '', isWaiting: true, found };
    }),
    ...begun.values(),
  ];
}

function training(resultsRoot: string, folder: string, job: AnyJob | undefined): FoundJob {
  return { id: runId(resultsRoot, folder), title: job?.title ?? folder, folder, ...(job && { job }) };
}

function latestIn(resultsRoot: string, folder: string): AnyJob | undefined {
  return jobIds(resultsRoot)
    .flatMap((id) => readable(resultsRoot, id) ?? [])
    .filter((job) => workFolder(resultsRoot, job) === folder)
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    .at(-1);
}

function readable(resultsRoot: string, id: string): AnyJob | undefined {
  try {
    return readJob(resultsRoot, id);
  } catch {
    return undefined; // What it was is not known any more; it can't be meant.
  }
}
