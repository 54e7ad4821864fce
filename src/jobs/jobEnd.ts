/** How does a job end, and what does it leave? Follows one that has begun until it is over. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFromObject } from '../method/errorObject';
import { type NnunetError, RunError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import type { ErrorEvent, RunEvent } from '../protocol/events';
import { followRun } from './follow';
import type { AnyJob, Job, JobKind } from './job';
import { jobFolder, logFile, workFolder } from './jobFolder';
import type { JobResults } from './results';

export type JobEnd<K extends JobKind> =
  { state: 'done'; result: JobResults[K] } | { state: 'stopped' } | { state: 'failed'; error: NnunetError };

/**
 * Of every kind but trainings, whose log begins with earlier starts.
 * @param tell  is given each event as it comes
 */
export async function followToEnd<K extends JobKind>(
  resultsRoot: string,
  job: Job<K>,
  tell: (event: RunEvent) => void,
): Promise<JobEnd<K>> {
  let failure: ErrorEvent | undefined;
  for await (const event of followRun(workFolder(resultsRoot, job as AnyJob), 0)) {
    tell(event);
    if (event.type === 'error') failure = event;
    if (event.type !== 'finished') continue;
    if (event.state === 'done') return { state: 'done', result: await readResult<K>(resultsRoot, job.id) };
    if (event.state === 'stopped') return { state: 'stopped' };
    return { state: 'failed', error: errorFromObject(failure) ?? unexplained(resultsRoot, job) };
  }
  return { state: 'failed', error: interrupted(resultsRoot, job) };
}

/** @throws StorageError, JsonError where result.json is gone or damaged */
export async function readResult<K extends JobKind>(resultsRoot: string, id: string): Promise<JobResults[K]> {
  const file = join(jobFolder(resultsRoot, id), 'result.json');
  return parseJson(await readFile(file, 'utf8'), file) as JobResults[K];
}

function unexplained(resultsRoot: string, job: Job): RunError {
  const where = logFile(resultsRoot, job as AnyJob);
  return new RunError('job-failed', `"${job.title}" failed`, { where, hint: 'The log may say why.' });
}

function interrupted(resultsRoot: string, job: Job): RunError {
  return new RunError('job-interrupted', `"${job.title}" was interrupted: its process is gone`, {
    where: logFile(resultsRoot, job as AnyJob),
    hint: 'Run it again; the log may say why.',
  });
}
