/** How does a job end, and what does it leave? Follows one that has begun until it is over. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorFromObject } from '../method/errorObject';
import { type NnunetError, RunError } from '../method/errors';
import { parseJson } from '../method/jsonReader';
import type { ErrorEvent, RunEvent } from '../protocol/events';
import { EventReader, eventsFile } from './events';
import { followFrom } from './followJob';
import type { AnyJob, Job, JobKind } from './job';
import { jobFolder, logFile, readJob, workFolder } from './jobFolder';
import type { JobResults } from './results';
import { pathsHere } from './slurm/pathMap';

export type JobEnd<K extends JobKind> =
  { state: 'done'; result: JobResults[K] } | { state: 'stopped' } | { state: 'failed'; error: NnunetError };

/** Where nothing says how it ended: its process is gone. */
export const interruptedCode = 'job-interrupted';

/**
 * Of every kind but trainings, whose log begins with earlier starts.
 * @param tell  is given each event as it comes
 * @param reader  of its events, where some were followed already
 */
export async function followToEnd<K extends JobKind>(
  resultsRoot: string,
  job: Job<K>,
  tell: (event: RunEvent) => void,
  reader = new EventReader(eventsFile(workFolder(resultsRoot, job as AnyJob))),
): Promise<JobEnd<K>> {
  let failure: ErrorEvent | undefined;
  for await (const event of followFrom(reader, workFolder(resultsRoot, job as AnyJob))) {
    tell(event);
    if (event.type === 'error') failure = event;
    if (event.type !== 'finished') continue;
    if (event.state === 'done') return { state: 'done', result: await readResult<K>(resultsRoot, job.id) };
    if (event.state === 'stopped') return { state: 'stopped' };
    return { state: 'failed', error: errorFromObject(failure) ?? unexplained(resultsRoot, job) };
  }
  return { state: 'failed', error: interrupted(resultsRoot, job) };
}

/** @throws StorageError, JsonError where result.json is gone or damaged; as `readJob` */
export async function readResult<K extends JobKind>(resultsRoot: string, id: string): Promise<JobResults[K]> {
  const file = join(jobFolder(resultsRoot, id), 'result.json');
  const result = parseJson(await readFile(file, 'utf8'), file) as JobResults[K];
  return pathsHere(result, readJob(resultsRoot, id).cluster?.pathMap);
}

function unexplained(resultsRoot: string, job: Job): RunError {
  const where = logFile(resultsRoot, job as AnyJob);
  return new RunError('job-failed', `"${job.title}" failed`, { where, hint: 'The log may say why.' });
}

function interrupted(resultsRoot: string, job: Job): RunError {
  return new RunError(interruptedCode, `"${job.title}" was interrupted: its process is gone`, {
    where: logFile(resultsRoot, job as AnyJob),
    hint: 'Run it again; the log may say why.',
  });
}
