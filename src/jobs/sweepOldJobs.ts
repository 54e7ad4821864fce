/** Which jobs are over for so long that nobody asks for them any more? What they say of themselves goes; what they made stays. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { activeHolder } from '../dataset/foldLock';
import { readGraph } from './graphFile';
import { jobFolder, readJob, workFolder } from './jobFolder';
import { readHandle } from './launchFile';
import { jobIds } from './running';
import { readRecord } from './runFolder';
import { runStatus } from './jobLog';

const keptMilliseconds = 14 * 24 * 3_600_000;
const keptCount = 200;

/** Ages are told by one clock, the disk's, and against the newest of them: a clock that is wrong takes nothing away. */
export function sweepOldJobs(resultsRoot: string, count = keptCount): void {
  const ended = jobIds(resultsRoot).flatMap((id) => {
    const stat = fs.statSync(join(jobFolder(resultsRoot, id), 'launch.json'), { throwIfNoEntry: false });
    return stat ? [{ id, at: stat.mtimeMs }] : [];
  });
  ended.sort((a, b) => b.at - a.at);
  const newest = ended[0]?.at ?? 0;
  const old = ended.filter(({ at }, place) => place >= count || newest - at > keptMilliseconds);
  if (old.length === 0) return;
  const needed = neededByOthers(resultsRoot);
  for (const { id } of old) {
    if (!needed.has(id) && isOver(resultsRoot, id))
      fs.rmSync(jobFolder(resultsRoot, id), { recursive: true, force: true });
  }
}

function neededByOthers(resultsRoot: string): Set<string> {
  const needed = new Set<string>();
  for (const { id } of readGraph(resultsRoot)) {
    needed.add(id);
    try {
      for (const after of readJob(resultsRoot, id).after) needed.add(after.id);
    } catch {
      // Damaged: it waits for nothing any more.
    }
  }
  return needed;
}

function isOver(resultsRoot: string, id: string): boolean {
  try {
    const job = readJob(resultsRoot, id);
    const folder = workFolder(resultsRoot, job);
    if (activeHolder(folder)) return false;
    // A fold tells by which job it was trained.
    if (job.kind === 'train') return readRecord(folder)?.jobId !== id;
    return runStatus(folder)?.finished !== undefined || readHandle(resultsRoot, id)?.launcher === 'local';
  } catch {
    return false; // Nobody can say: it stays.
  }
}
