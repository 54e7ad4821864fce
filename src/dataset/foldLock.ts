/** Keeps two runs out of one fold folder, on one machine or on a cluster's shared disk. */
import { join } from 'node:path';
import { RunError } from '../method/errors';
import { FileLock, liveHolder, settledHolder, type LockContent as FileLockContent } from '../storage/lock';
import type { ProcessIdentity } from '../storage/processes';

export interface LockContent extends FileLockContent {
  /** The native core that this run started last; it may outlive a killed runner by some seconds. */
  core?: ProcessIdentity;
}

export class RunLock {
  private constructor(private readonly lock: FileLock<LockContent>) {}

  /**
   * @param onLost  called when another run has taken the folder over: nothing more may be written there
   * @throws RunError `run-active` while another run works in this folder
   */
  static async acquire(foldFolder: string, onLost?: (last: LockContent) => void): Promise<RunLock> {
    const lock = await FileLock.acquire<LockContent>(lockFile(foldFolder), { onLost });
    if (lock instanceof FileLock) return new RunLock(lock);
    throw activeError(foldFolder, lock.holder);
  }

  /** What a run that died without unlocking left behind. */
  get previous(): LockContent | undefined {
    return this.lock.previous;
  }

  noteCore(core: ProcessIdentity | undefined): void {
    this.lock.note({ core });
  }

  release(): void {
    this.lock.release();
  }
}

/** The run that holds the folder, or undefined; a lock whose process has ended does not count. */
export function activeHolder(foldFolder: string): LockContent | undefined {
  return liveHolder<LockContent>(lockFile(foldFolder));
}

/**
 * @param onWait  called once when a run on another machine has to give a sign of life first, which may take two minutes
 * @throws RunError `run-active`
 */
export async function requireFree(foldFolder: string, onWait?: (holder: LockContent) => void): Promise<void> {
  const holder = await settledHolder(lockFile(foldFolder), { onWait });
  if (holder) throw activeError(foldFolder, holder);
}

function lockFile(foldFolder: string): string {
  return join(foldFolder, 'run.lock');
}

function activeError(foldFolder: string, holder: FileLockContent): RunError {
  return new RunError('run-active', `This fold is being trained by process ${holder.pid} on ${holder.host}`, {
    where: foldFolder,
    hint: 'Wait for it, follow it with "nnunet runs", or end it with "nnunet stop".',
  });
}
