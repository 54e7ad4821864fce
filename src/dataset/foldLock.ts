/** Keeps two runs out of one fold folder, on one machine or on a cluster's shared disk. */
import { join } from 'node:path';
import { RunError } from '../method/errors';
import { FileLock, liveHolder, settledHolder, type LockContent as FileLockContent } from '../storage/lock';
import type { Heartbeats } from '../storage/heartbeats';
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

/**
 * Frees the folder of a run on a machine that does not come back: only once that was silent for two minutes.
 * @param onWait  see `requireFree`
 * @returns whose it was; undefined where nobody held it
 * @throws RunError `run-alive` where it gives signs of life
 */
export async function takeOver(
  foldFolder: string,
  options: { onWait?: (holder: LockContent) => void; watch?: Heartbeats } = {},
): Promise<LockContent | undefined> {
  const before = liveHolder<LockContent>(lockFile(foldFolder), options.watch);
  const holder = await settledHolder(lockFile(foldFolder), options);
  if (!holder) return before;
  throw new RunError(
    'run-alive',
    `Process ${holder.pid} on ${holder.host} works in this folder, and gives signs of life`,
    {
      where: foldFolder,
      hint: 'End it with "nnunet stop" without --take-over.',
    },
  );
}

function lockFile(foldFolder: string): string {
  return join(foldFolder, 'run.lock');
}

function activeError(foldFolder: string, holder: FileLockContent): RunError {
  return new RunError('run-active', `This fold is being trained by process ${holder.pid} on ${holder.host}`, {
    where: foldFolder,
    hint: 'Wait for it, follow it with "nnunet jobs", or end it with "nnunet stop".',
  });
}
