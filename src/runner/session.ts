/** One start of a run: holds the fold folder, writes run.json and the events, and says at the end how it went. */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeFailure } from './failure';
import { sweepTemporaryFiles } from '../storage/temporaryFiles';
import { clearRequests } from '../jobs/control';
import { EventWriter, eventsFile } from '../jobs/events';
import { RunLock } from '../dataset/foldLock';
import { identityOf, isAlive, type ProcessIdentity } from '../storage/processes';
import {
  foldFolder,
  readRecord,
  runId,
  setAside,
  writeRecord,
  type RunRecord,
  type RunRequest,
} from '../jobs/runFolder';
import type { FinishedState, RunEvent, Untimed } from '../protocol/events';
import { StopControl } from './stopControl';
import { endTakenOver } from './takenOver';

export class Session {
  readonly logFile: string;

  private constructor(
    readonly folder: string,
    readonly request: RunRequest,
    /** What an earlier start in this folder left; undefined for a new training. */
    readonly earlier: RunRecord | undefined,
    private record: RunRecord,
    private readonly events: EventWriter,
    private readonly lock: RunLock,
    readonly stop: StopControl,
  ) {
    this.logFile = join(folder, 'core.log');
  }

  /** @throws RunError `run-active` */
  static async start(request: RunRequest): Promise<Session> {
    const folder = foldFolder(request);
    fs.mkdirSync(folder, { recursive: true });
    const stop = new StopControl(folder);
    const lock = await RunLock.acquire(folder, endTakenOver);
    if (lock.previous?.core) await endOrphan(lock.previous.core);
    clearRequests(folder);
    stop.watch();
    for (const swept of [folder, join(folder, 'control')]) sweepTemporaryFiles(swept, { isOurs: true });
    const aside = request.options.resume ? undefined : setAside(folder);
    const earlier = readRecord(folder);
    const events = new EventWriter(folder);
    const record: RunRecord = {
      id: runId(dirname(request.folders.results), folder),
      ...request,
      host: hostname(),
      pid: process.pid,
      startTime: new Date().toISOString(),
      eventsOffset: fs.statSync(eventsFile(folder)).size,
      versions: {},
      earlierStarts: earlier && [...(earlier.earlierStarts ?? []), pickStart(earlier)],
      seed: request.options.seed ?? earlier?.seed ?? Math.floor(Math.random() * 2 ** 31),
      // A start that ends before it trains must not lose how the training began.
      schedule: earlier?.schedule,
      scheduleReason: earlier?.scheduleReason,
    };
    writeRecord(folder, record);
    const session = new Session(folder, request, earlier, record, events, lock, stop);
    stop.onRequest((validates) => session.noteStopping(validates));
    if (aside)
      session.warn(
        'earlier-run-kept',
        `An earlier training of this fold was moved to ${aside}, a model folder of its own; to continue a training, use --resume.`,
      );
    return session;
  }

  get seed(): number {
    return this.record.seed!;
  }

  /** Adds what has been decided to run.json. */
  note(more: Partial<RunRecord>): void {
    this.record = { ...this.record, ...more };
    writeRecord(this.folder, this.record);
  }

  emit(event: Untimed<RunEvent> | RunEvent): void {
    this.events.write(event);
  }

  warn(code: string, message: string): void {
    this.emit({ type: 'warning', code, message });
  }

  private noteStopping(validates: boolean): void {
    try {
      this.emit({ type: 'stopping', validates });
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

  fail(error: unknown): void {
    process.stderr.write(`${(error as Error)?.stack ?? error}\n`);
    this.emit({ type: 'error', ...describeFailure(error, this.logFile) });
    this.finish('failed');
  }

  private close(): void {
    this.stop.dispose();
    this.events.close();
    this.lock.release();
  }
}

function pickStart({ startTime, host, pid, options }: RunRecord): NonNullable<RunRecord['earlierStarts']>[number] {
  return { startTime, host, pid, options };
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
