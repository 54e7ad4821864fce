/** One start of a job: holds its folder, writes its events, and says at the end how it went. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireFree, RunLock } from '../dataset/foldLock';
import { clearRequests } from '../jobs/control';
import { EventWriter } from '../jobs/events';
import type { AnyJob } from '../jobs/job';
import { logFile, workFolder } from '../jobs/jobFolder';
import { noteFirstStart } from '../jobs/launchFile';
import { RunError } from '../method/errors';
import type { FinishedState, RunEvent, Untimed } from '../protocol/events';
import { identityOf, isAlive, ownIdentity, type ProcessIdentity } from '../storage/processes';
import { sweepTemporaryFiles } from '../storage/temporaryFiles';
import { describeFailure } from './failure';
import { StopControl } from './stopControl';
import { endTakenOver } from './takenOver';

export class Session {
  readonly folder: string;
  readonly logFile: string;
  private events: EventWriter | undefined;

  private constructor(
    readonly resultsRoot: string,
    readonly job: AnyJob,
    /** The device that it was given, where there are several. */
    readonly device: string | undefined,
    private readonly lock: RunLock,
    readonly stop: StopControl,
  ) {
    this.folder = workFolder(resultsRoot, job);
    this.logFile = logFile(resultsRoot, job);
  }

  /** @throws RunError `run-active`; `already-started` where another start of this job was first */
  static async start(resultsRoot: string, job: AnyJob, device?: string): Promise<Session> {
    const folder = workFolder(resultsRoot, job);
    fs.mkdirSync(folder, { recursive: true });
    const stop = new StopControl(folder);
    // The machine that it worked on before may have gone down: whether that is so takes a while to be known.
    if (job.launcher !== 'local') await requireFree(folder);
    const lock = await RunLock.acquire(folder, endTakenOver);
    if (lock.previous?.core) await endOrphan(lock.previous.core);
    clearRequests(folder);
    stop.watch();
    for (const swept of [folder, join(folder, 'control')]) sweepTemporaryFiles(swept, { isOurs: true });
    if (job.launcher === 'local' && !isFirstStart(resultsRoot, job.id, device)) {
      stop.dispose();
      lock.release();
      throw new RunError('already-started', 'This job has been started already', { where: folder });
    }
    return new Session(resultsRoot, job, device, lock, stop);
  }

  emit(event: Untimed<RunEvent> | RunEvent): void {
    this.open().write(event);
  }

  warn(code: string, message: string): void {
    this.emit({ type: 'warning', code, message });
  }

  /** Not before there is something to say: what an earlier training left has been moved away then. */
  private open(): EventWriter {
    if (!this.events) {
      this.events = new EventWriter(this.folder);
      this.stop.onRequest((validates, isAfterEpoch) => this.noteStopping(validates, isAfterEpoch));
    }
    return this.events;
  }

  private noteStopping(validates: boolean, isAfterEpoch = false): void {
    try {
      this.emit({ type: 'stopping', validates, ...(isAfterEpoch && { isAfterEpoch }) });
    } catch {
      // On a full disk: that it stops matters more than that it says so.
    }
  }

  noteCore(pid: number | undefined): void {
    this.lock.noteCore(pid === undefined ? undefined : identityOf(pid));
  }

  finish(state: FinishedState, meanDice?: number | null): void {
    this.emit(meanDice === undefined ? { type: 'finished', state } : { type: 'finished', state, meanDice });
    this.close();
  }

  /** Lets go of the folder without an end: another start of the same job goes on. */
  suspend(message: string): void {
    this.emit({ type: 'note', message });
    this.close();
  }

  fail(error: unknown): void {
    process.stderr.write(`${(error as Error)?.stack ?? error}\n`);
    this.emit({ type: 'error', ...describeFailure(error, this.logFile, this.job.kind === 'train') });
    this.finish('failed');
  }

  private close(): void {
    this.stop.dispose();
    this.events?.close();
    this.lock.release();
  }
}

function isFirstStart(resultsRoot: string, id: string, device: string | undefined): boolean {
  const { host, pid, started } = ownIdentity();
  return noteFirstStart(resultsRoot, id, { launcher: 'local', host, pid, startTime: started, device });
}

/** How long a core may take to save what it has learned; whoever started this run waits for a minute. */
const orphanGraceSeconds = 30;

/** A core whose runner was killed would write into the same folder. It was told to stop by the system, and is saving. */
async function endOrphan(core: ProcessIdentity): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGTERM', orphanGraceSeconds],
    ['SIGKILL', 5],
  ] as const) {
    if (!isAlive(core)) return;
    process.kill(core.pid, signal);
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline && isAlive(core);) await sleep(50);
  }
}
