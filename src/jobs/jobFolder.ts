/** Where does a job lie on disk, and what was it asked for? RESULTS/.nnunet/jobs/ID/job.json is written once and never changed. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Roots } from '../dataset/roots';
import { RunError, StorageError } from '../method/errors';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { storageError } from '../storage/diskErrors';
import { privateFolder } from '../storage/userCache';
import type { After, AnyJob, Job, JobKind, LauncherName, Resources } from './job';
import type { ClusterSettings } from './slurm/settings';
import type { JobRequests } from './requests';
import { foldFolder, sharedFolder, type RunRequest } from './runFolder';

export function jobsFolder(resultsRoot: string): string {
  return join(sharedFolder(resultsRoot), 'jobs');
}

export function jobFolder(resultsRoot: string, id: string): string {
  return join(jobsFolder(resultsRoot), id);
}

/** Where its events, its control/ and its lock are: a training's fold folder; of everything else the job's own. */
export function workFolder(resultsRoot: string, job: Pick<AnyJob, 'id' | 'kind' | 'request'>): string {
  return job.kind === 'train' ? foldFolder(job.request as RunRequest) : jobFolder(resultsRoot, job.id);
}

/** What its programs print besides events. */
export function logFile(resultsRoot: string, job: Pick<AnyJob, 'id' | 'kind' | 'request'>): string {
  return join(workFolder(resultsRoot, job), job.kind === 'train' ? 'core.log' : 'log.txt');
}

/** Under which jobs lie that have to do with no results folder, such as a prediction of files elsewhere. Only this user can read it. */
export function userJobsRoot(): Promise<string> {
  return privateFolder('jobs');
}

/** Names of folders come from these: nothing else is taken from a file. */
export function isJobId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}$/.test(value);
}

export interface JobParts<K extends JobKind> {
  kind: K;
  title: string;
  request: JobRequests[K];
  roots: Roots;
  resources?: Resources;
  after?: After[];
  launcher?: LauncherName;
  cluster?: ClusterSettings;
  /** Which of a machine's windows it was asked for in. */
  window?: string;
}

export function newJob<K extends JobKind>(parts: JobParts<K>): Job<K> {
  const { kind, title, request, roots, resources = {}, after = [], launcher = 'local', cluster, window } = parts;
  return {
    id: randomBytes(4).toString('hex'),
    ...{ kind, title, request, roots, resources, after, launcher },
    ...(cluster && { cluster }),
    createdBy: { host: hostname(), pid: process.pid, ...(window !== undefined && { window }) },
    createdAt: new Date().toISOString(),
  };
}

/** @throws StorageError `results-not-writable` */
export function writeJob(resultsRoot: string, job: AnyJob): void {
  const folder = jobFolder(resultsRoot, job.id);
  try {
    fs.mkdirSync(folder, { recursive: true });
    writeFileAtomicSync(join(folder, 'job.json'), `${JSON.stringify(job, undefined, 2)}\n`);
  } catch (error) {
    throw notWritable(error, folder);
  }
}

/** What was read of job.json, which does not change: whoever looks at what waits looks often. */
const known = new Map<string, { stamp: string; job: AnyJob }>();
const mostKnown = 2000;

/** @throws RunError `job-missing`, `job-damaged` */
export function readJob(resultsRoot: string, id: string): AnyJob {
  const file = join(jobFolder(resultsRoot, id), 'job.json');
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  const stamp = stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : '';
  const before = known.get(file);
  if (before && before.stamp === stamp) return before.job;
  const job = parseJob(resultsRoot, id, file);
  if (known.size >= mostKnown) known.clear();
  known.set(file, { stamp, job });
  return job;
}

function parseJob(resultsRoot: string, id: string, file: string): AnyJob {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storageError(error, file);
    throw new RunError('job-missing', `Job ${id} is gone: its folder was removed`, {
      where: jobFolder(resultsRoot, id),
      hint: `If it is still listed, take it off with "nnunet remove ${id}".`,
    });
  }
  const damaged = (cause?: unknown): RunError =>
    new RunError('job-damaged', `What job ${id} was asked for can't be read`, {
      where: file,
      hint: `It was not started. Take it off with "nnunet remove ${id}" and ask for it anew.`,
      cause,
    });
  let value: unknown;
  try {
    // Whoever looks at what waits reads all of them: our own reader, which knows the place of a mistake, takes many times as long.
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw damaged(error);
  }
  if (!isJob(value) || value.id !== id) throw damaged();
  return value;
}

export function notWritable(error: unknown, folder: string): StorageError {
  return new StorageError(
    'results-not-writable',
    `The results folder can't be written: ${storageError(error, folder).message}`,
    {
      where: folder,
      hint: 'Check its permissions and the free space, or choose another place with --root.',
      cause: error,
    },
  );
}

function isJob(value: unknown): value is AnyJob {
  if (typeof value !== 'object' || value === null) return false;
  const job = value as Partial<AnyJob>;
  return (
    isJobId(job.id) &&
    typeof job.kind === 'string' &&
    typeof job.title === 'string' &&
    isObject(job.request) &&
    isObject(job.roots) &&
    isObject(job.resources) &&
    Array.isArray(job.after) &&
    job.after.every((after: unknown) => isObject(after) && isJobId((after as After).id)) &&
    (job.launcher === 'local' || job.launcher === 'slurm') &&
    (job.kind !== 'train' || isTraining(job.request))
  );
}

function isTraining(request: object): boolean {
  const { folders, options } = request as Partial<RunRequest>;
  return typeof folders?.results === 'string' && isObject(options);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
