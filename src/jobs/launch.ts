/** Starts a run as a process of its own, which survives the terminal, the editor window and the SSH connection it came from. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { storageError } from '../storage/diskErrors';
import { errorFromLine } from '../method/errorObject';
import { type NnunetError, RunError, StorageError } from '../method/errors';
import { requireTrainingTarget } from './trainingTarget';
import { requireFree, type LockContent } from '../dataset/foldLock';
import { foldFolder, readRecord, sharedFolder, type RunRecord, type RunRequest } from './runFolder';

const startTimeoutSeconds = 60;

export interface LaunchedRun {
  folder: string;
  record: RunRecord;
}

/**
 * @param runnerScript  dist/runner.js
 * @param onWait  see `requireFree`
 * @returns once the runner holds the folder and has written run.json
 * @throws RunError `run-active`, `runner-failed`; what `requireTrainingTarget` throws; StorageError where the folder can't be written
 */
export async function launchRun(
  request: RunRequest,
  runnerScript: string,
  onWait?: (holder: LockContent) => void,
): Promise<LaunchedRun> {
  const folder = foldFolder(request);
  await requireFree(folder, onWait);
  await requireTrainingTarget(request);
  const requestFile = writeRequest(folder, request);
  const log = fs.openSync(join(folder, 'core.log'), 'a');
  const logStart = fs.fstatSync(log).size;
  const child = spawn(process.execPath, ['--enable-source-maps', runnerScript, requestFile], {
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
  const deadline = Date.now() + startTimeoutSeconds * 1000;
  while (Date.now() < deadline) {
    // Before the exit status: a very short run may start, finish and leave within one turn of this loop.
    const record = readRecord(folder);
    if (record?.pid === child.pid) return { folder, record: record as RunRecord };
    if (exit !== undefined) throw startError(folder, requestFile, exit, logStart);
    await sleep(30);
  }
  throw startError(folder, requestFile, `no sign of life for ${startTimeoutSeconds} seconds`, logStart);
}

function writeRequest(folder: string, request: RunRequest): string {
  try {
    fs.mkdirSync(join(folder, 'control'), { recursive: true });
    fs.mkdirSync(sharedFolder(dirname(request.folders.results)), { recursive: true });
    const file = join(folder, 'control', `request-${randomBytes(4).toString('hex')}.json`);
    fs.writeFileSync(file, JSON.stringify(request));
    return file;
  } catch (error) {
    throw new StorageError(
      'results-not-writable',
      `The results folder can't be written: ${storageError(error, folder).message}`,
      {
        where: folder,
        hint: 'Check its permissions and the free space, or choose another place with --root.',
        cause: error,
      },
    );
  }
}

function startError(folder: string, requestFile: string, what: string, logStart: number): NnunetError {
  fs.rmSync(requestFile, { force: true });
  const log = join(folder, 'core.log');
  const said = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').slice(logStart) : '';
  const error = said.split('\n').map(errorFromLine).find(Boolean);
  return (
    error ?? new RunError('runner-failed', `The run did not start (${what})`, { where: log, hint: 'The log says why.' })
  );
}
