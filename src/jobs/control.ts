/** Requests to a running run: small files in its control/ folder, which work across machines that share a disk. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { RunError } from '../method/errors';
import { activeHolder } from '../dataset/foldLock';
import { isOnThisHost } from '../storage/processes';

type ControlRequest = 'stop' | 'stop-after-epoch' | 'checkpoint';

export interface StopOptions {
  /** false: end without validating; also what a second request during validation means. */
  validate?: boolean;
  /** A training only: goes on to the end of the epoch that it is at. */
  isAfterEpoch?: boolean;
}

const withoutValidation = 'no-validation';

export function controlFile(foldFolder: string, request: ControlRequest): string {
  return join(foldFolder, 'control', request);
}

/**
 * Asks the run in a fold folder to end: it finishes the iteration, saves checkpoint_final and validates.
 * @throws RunError `run-not-active` when nothing runs there
 */
export function requestStop(foldFolder: string, { validate = true, isAfterEpoch = false }: StopOptions = {}): void {
  const holder = activeHolder(foldFolder);
  if (!holder) {
    throw new RunError('run-not-active', 'Nothing is running here', {
      where: foldFolder,
      hint: 'List the jobs and their states with "nnunet jobs".',
    });
  }
  if (isAfterEpoch) return writeControl(foldFolder, 'stop-after-epoch', '');
  writeControl(foldFolder, 'stop', validate ? '' : withoutValidation);
  // The signal only makes it faster: the file alone is enough.
  if (isOnThisHost(holder)) signal(holder.pid, 'SIGTERM');
}

/** Ends the run's processes at once. What was trained since the last checkpoint is lost. */
export function killRun(foldFolder: string): void {
  const holder = activeHolder(foldFolder);
  if (!holder) return;
  if (!isOnThisHost(holder)) {
    throw new RunError('run-on-other-host', `The run works on ${holder.host} and can only be killed there`, {
      where: foldFolder,
      hint: 'Stop it with "nnunet stop" instead.',
    });
  }
  signal(holder.pid, 'SIGKILL');
  if (holder.core) signal(holder.core.pid, 'SIGKILL');
}

/** @returns undefined where nobody asked for an end */
export function requestedStop(foldFolder: string): 'now' | 'after-epoch' | undefined {
  if (fs.existsSync(controlFile(foldFolder, 'stop'))) return 'now';
  return fs.existsSync(controlFile(foldFolder, 'stop-after-epoch')) ? 'after-epoch' : undefined;
}

/** Whether the stop that was asked for leaves out the validation. */
export function stopSkipsValidation(foldFolder: string): boolean {
  try {
    return fs.readFileSync(controlFile(foldFolder, 'stop'), 'utf8').trim() === withoutValidation;
  } catch {
    return false;
  }
}

export function clearRequests(foldFolder: string): void {
  for (const request of ['stop', 'stop-after-epoch', 'checkpoint'] as const)
    fs.rmSync(controlFile(foldFolder, request), { force: true });
}

function writeControl(foldFolder: string, request: ControlRequest, content: string): void {
  fs.mkdirSync(join(foldFolder, 'control'), { recursive: true });
  writeFileAtomicSync(controlFile(foldFolder, request), content);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in the meantime.
  }
}
