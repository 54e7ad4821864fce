/** Starts a job as a process of its own, which survives the terminal, the editor window and the SSH connection it came from. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireFree, type LockContent } from '../../dataset/foldLock';
import { errorFromLine } from '../../method/errorObject';
import { type NnunetError, RunError } from '../../method/errors';
import { isAlive, isOnThisHost, type ProcessIdentity } from '../../storage/processes';
import type { AnyJob } from '../job';
import { logFile, notWritable, workFolder } from '../jobFolder';
import { readHandle } from '../launchFile';
import type { LaunchHandle, Launcher, Observed } from '../launcher';
import { readRecord, sharedFolder } from '../runFolder';
import { requireTrainingTarget } from '../trainingTarget';

const startTimeoutSeconds = 60;

/**
 * @param runnerScript  dist/runner.js
 * @param onWait  see `requireFree`
 */
export function localLauncher(runnerScript: string, onWait?: (holder: LockContent) => void): Launcher {
  return {
    name: 'local',
    async submit(resultsRoot, jobs) {
      const handles: LaunchHandle[] = [];
      for (const job of jobs) handles.push(await launch(resultsRoot, job, runnerScript, onWait));
      return handles;
    },
    cancel(handle) {
      // It ends in order, as when control/stop is asked for.
      if (isLocal(handle) && isAlive(identityIn(handle))) process.kill(handle.pid, 'SIGTERM');
      return Promise.resolve();
    },
    observe: (handles) => Promise.resolve(handles.map(observed)),
  };
}

type LocalHandle = Extract<LaunchHandle, { launcher: 'local' }>;

function isLocal(handle: LaunchHandle): handle is LocalHandle {
  return handle.launcher === 'local';
}

function identityIn({ host, pid, startTime }: LocalHandle): ProcessIdentity {
  return { host, pid, started: startTime };
}

function observed(handle: LaunchHandle): Observed {
  if (!isLocal(handle)) return { state: 'lost' };
  // Of another machine's processes only their own files tell.
  const isGoingOn = !isOnThisHost(identityIn(handle)) || isAlive(identityIn(handle));
  return isGoingOn ? { state: 'running', host: handle.host } : { state: 'ended' };
}

/**
 * @returns once the runner holds the job's folder; a training's has written run.json then
 * @throws RunError `run-active`, `runner-failed`; what `requireTrainingTarget` throws; StorageError where the folder can't be written
 */
async function launch(
  resultsRoot: string,
  job: AnyJob,
  runnerScript: string,
  onWait?: (holder: LockContent) => void,
): Promise<LaunchHandle> {
  const folder = workFolder(resultsRoot, job);
  await requireFree(folder, onWait);
  if (job.kind === 'train') await requireTrainingTarget(job.request);
  const { log, logStart } = openLog(resultsRoot, job, folder);
  const device = job.resources.device;
  const words = [resultsRoot, job.id, ...(device === undefined ? [] : [device])];
  const child = spawn(process.execPath, ['--enable-source-maps', runnerScript, ...words], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: folder,
    // Inside VS Code the executable is Electron, which then behaves as Node.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  fs.closeSync(log);
  child.unref();
  let exit: string | undefined;
  child.on('error', (error) => (exit = error.message));
  child.on('exit', (code, signal) => (exit = signal ? `signal ${signal}` : `exit code ${code}`));
  const deadline = performance.now() + startTimeoutSeconds * 1000;
  while (performance.now() < deadline) {
    // Before the look: a very short job may start, finish and leave within one turn of this loop.
    const hasEnded = exit !== undefined;
    const handle = readHandle(resultsRoot, job.id);
    if (handle && (isUnderWay(job, folder) || !isOf(handle, child.pid))) return handle;
    if (hasEnded) throw startError(resultsRoot, job, exit!, logStart);
    await sleep(30);
  }
  throw startError(resultsRoot, job, `no sign of life for ${startTimeoutSeconds} seconds`, logStart);
}

/** Whether whoever follows it finds it. */
function isUnderWay(job: AnyJob, folder: string): boolean {
  return job.kind !== 'train' || readRecord(folder)?.jobId === job.id;
}

/** Another start of the same job was first: by a program that was killed before it could say so. */
function isOf(handle: LaunchHandle, pid: number | undefined): boolean {
  return isLocal(handle) && handle.pid === pid;
}

function openLog(resultsRoot: string, job: AnyJob, folder: string): { log: number; logStart: number } {
  try {
    fs.mkdirSync(join(folder, 'control'), { recursive: true });
    fs.mkdirSync(sharedFolder(resultsRoot), { recursive: true });
    const log = fs.openSync(logFile(resultsRoot, job), 'a');
    return { log, logStart: fs.fstatSync(log).size };
  } catch (error) {
    throw notWritable(error, folder);
  }
}

function startError(resultsRoot: string, job: AnyJob, what: string, logStart: number): NnunetError {
  const log = logFile(resultsRoot, job);
  const said = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').slice(logStart) : '';
  const error = said.split('\n').map(errorFromLine).find(Boolean);
  return (
    error ?? new RunError('runner-failed', `The job did not start (${what})`, { where: log, hint: 'The log says why.' })
  );
}
