/** What became of a job that another one waits for? */
import { activeHolder } from '../dataset/foldLock';
import { jobFolder, readJob, workFolder } from './jobFolder';
import { runStatus } from './jobLog';
import type { WaitingJob } from './waiting';

export type Earlier = 'waiting' | 'running' | 'done' | 'ended' | 'gone';

export function earlierState(resultsRoot: string, id: string, waiting: readonly WaitingJob[]): Earlier {
  const entry = waiting.find(({ job }) => job.id === id);
  if (entry) return entry.failure ? 'ended' : 'waiting';
  const folder = folderOf(resultsRoot, id);
  if (folder === undefined) return 'gone';
  if (activeHolder(folder)) return 'running';
  const state = runStatus(folder)?.state;
  if (state === 'finished') return 'done';
  return 'ended';
}

function folderOf(resultsRoot: string, id: string): string | undefined {
  try {
    return workFolder(resultsRoot, readJob(resultsRoot, id));
  } catch {
    // Its description is lost or damaged: what it did in its own folder may still be told.
    return runStatus(jobFolder(resultsRoot, id)) ? jobFolder(resultsRoot, id) : undefined;
  }
}
