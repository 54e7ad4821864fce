/** Keeps two runs out of one fold folder, on one machine or on a cluster's shared disk. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepOnce, temporaryPath } from '../images/temporaryFiles';
import { RunError } from '../method/errors';
import { isAlive, isOnThisHost, ownIdentity, type ProcessIdentity } from './processes';

const lockFileName = 'run.lock';
const heartbeatSeconds = 15;
/** A lock of another host that was not renewed for so long belongs to a dead run. */
const staleSeconds = 120;

export interface LockContent extends ProcessIdentity {
  /** The native core that this run started last; it may outlive a killed runner by some seconds. */
  core?: ProcessIdentity;
}

export class RunLock {
  private heartbeat: NodeJS.Timeout;

  private constructor(
    private readonly file: string,
    private content: LockContent,
    /** What a run that died without unlocking left behind. */
    readonly previous: LockContent | undefined,
  ) {
    this.heartbeat = setInterval(() => this.renew(), heartbeatSeconds * 1000);
    this.heartbeat.unref();
  }

  /** @throws RunError `run-active` while another run works in this folder. */
  static async acquire(foldFolder: string): Promise<RunLock> {
    const file = join(foldFolder, lockFileName);
    const content = ownIdentity();
    sweepOnce(foldFolder);
    let previous: LockContent | undefined;
    try {
      create(file, content);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = readLock(foldFolder);
      if (holder && isHeld(file, holder)) throw activeError(foldFolder, holder);
      previous = holder;
      replace(file, content);
      // Two runs may find the same stale lock: the one whose name stays in it goes on.
      await sleep(100);
      const winner = readLock(foldFolder);
      if (winner && !isSame(winner, content)) throw activeError(foldFolder, winner);
    }
    return new RunLock(file, content, previous);
  }

  noteCore(core: ProcessIdentity | undefined): void {
    this.content = { ...this.content, core };
    this.renew();
  }

  release(): void {
    clearInterval(this.heartbeat);
    const holder = readLockFile(this.file);
    if (holder && isSame(holder, this.content)) fs.rmSync(this.file, { force: true });
  }

  private renew(): void {
    try {
      replace(this.file, this.content);
    } catch {
      // A full or absent disk: the run itself will meet it and say so; a missed heartbeat does no harm.
    }
  }
}

/** The run that holds the folder, or undefined; a lock whose process has ended does not count. */
export function activeHolder(foldFolder: string): LockContent | undefined {
  const holder = readLock(foldFolder);
  return holder && isHeld(join(foldFolder, lockFileName), holder) ? holder : undefined;
}

function readLock(foldFolder: string): LockContent | undefined {
  return readLockFile(join(foldFolder, lockFileName));
}

function readLockFile(file: string): LockContent | undefined {
  try {
    const value = JSON.parse(fs.readFileSync(file, 'utf8')) as LockContent;
    return typeof value.pid === 'number' && typeof value.host === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHeld(file: string, holder: LockContent): boolean {
  if (isOnThisHost(holder)) return isAlive(holder);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < staleSeconds * 1000;
}

function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.host === b.host && a.started === b.started;
}

/** Fails with EEXIST where the file is there. It appears with its content: nobody ever reads an empty lock. */
function create(file: string, content: LockContent): void {
  throughTemporary(file, content, (temporary) => {
    try {
      fs.linkSync(temporary, file);
    } catch (error) {
      // Some network and FAT disks have no hard links.
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
      fs.writeFileSync(file, JSON.stringify(content), { flag: 'wx' });
    }
  });
}

function replace(file: string, content: LockContent): void {
  throughTemporary(file, content, (temporary) => fs.renameSync(temporary, file));
}

/** Leaves nothing behind, also where the disk is full: then there is an empty file already. */
function throughTemporary(file: string, content: LockContent, use: (temporary: string) => void): void {
  const temporary = temporaryPath(file);
  try {
    fs.writeFileSync(temporary, JSON.stringify(content));
    use(temporary);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function activeError(foldFolder: string, holder: LockContent): RunError {
  return new RunError('run-active', `This fold is being trained by process ${holder.pid} on ${holder.host}`, {
    where: foldFolder,
    hint: 'Wait for it, follow it with "nnunet runs", or end it with "nnunet stop".',
  });
}
