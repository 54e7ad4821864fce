/** One start of a training: what an earlier one left in its fold folder, and run.json, which tells what was asked for. */
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { eventsFile } from '../jobs/events';
import {
  readRecord,
  runId,
  setAside,
  writeRecord,
  type RunRecord,
  type RunRequest,
  type TrainOptions,
} from '../jobs/runFolder';
import type { RunEvent, Untimed } from '../protocol/events';
import type { Session } from './session';
import type { StopControl } from './stopControl';

export class TrainingSession {
  private constructor(
    private readonly session: Session,
    readonly request: RunRequest,
    /** What an earlier start in this folder left; undefined for a new training. */
    readonly earlier: RunRecord | undefined,
    private record: RunRecord,
  ) {}

  static begin(session: Session, asked: RunRequest): TrainingSession {
    const { folder, device, job } = session;
    const isAnother = device !== undefined && device !== asked.options.device;
    const options = continuedOptions(asked.options, readRecord(folder), job.id);
    const aside = options.resume ? undefined : setAside(folder);
    const moved = options.from !== undefined && aside !== undefined && { from: placeNow(options.from, folder, aside) };
    const request = { ...asked, options: { ...options, ...moved }, ...(isAnother && { assignedDevice: device }) };
    const earlier = readRecord(folder);
    const record: RunRecord = {
      id: runId(dirname(request.folders.results), folder),
      jobId: job.id,
      ...request,
      host: hostname(),
      pid: process.pid,
      startTime: new Date().toISOString(),
      eventsOffset: fs.statSync(eventsFile(folder), { throwIfNoEntry: false })?.size ?? 0,
      versions: {},
      earlierStarts: earlier && [...(earlier.earlierStarts ?? []), pickStart(earlier)],
      seed: request.options.seed ?? earlier?.seed ?? Math.floor(Math.random() * 2 ** 31),
      // A start that ends before it trains must not lose how the training began.
      schedule: earlier?.schedule,
      scheduleReason: earlier?.scheduleReason,
      scheduledBy: earlier?.scheduledBy,
    };
    writeRecord(folder, record);
    if (aside)
      session.warn(
        'earlier-run-kept',
        `An earlier training of this fold was moved to ${aside}, a model folder of its own; to continue a training, use --resume.`,
      );
    return new TrainingSession(session, request, earlier, record);
  }

  get folder(): string {
    return this.session.folder;
  }

  get logFile(): string {
    return this.session.logFile;
  }

  get stop(): StopControl {
    return this.session.stop;
  }

  get seed(): number {
    return this.record.seed!;
  }

  get startTime(): string {
    return this.record.startTime;
  }

  /** Adds what has been decided to run.json. */
  note(more: Partial<RunRecord>): void {
    const scheduledBy = more.schedule ? this.session.job.id : this.record.scheduledBy;
    this.record = { ...this.record, ...more, scheduledBy };
    writeRecord(this.folder, this.record);
  }

  emit(event: Untimed<RunEvent> | RunEvent): void {
    this.session.emit(event);
  }

  warn(code: string, message: string): void {
    this.session.warn(code, message);
  }

  noteCore(pid: number | undefined): void {
    this.session.noteCore(pid);
  }
}

/** A job that starts again, after a cluster took it from its machine or it was lost, goes on with what it has begun. */
function continuedOptions(asked: TrainOptions, earlier: RunRecord | undefined, jobId: string): TrainOptions {
  if (earlier?.scheduledBy !== jobId) return asked;
  // Its length counts from its first start, not anew from here; where that began is past.
  const { epochs: _, budgetSeconds: __, checkpoint: ___, pretrained: ____, from: _____, ...rest } = asked;
  return { ...rest, resume: true };
}

/** A training that begins with what the same fold learned before finds it where that was moved to. */
function placeNow(file: string, folder: string, aside: string): string {
  const place = relative(folder, file);
  return place.startsWith('..') || isAbsolute(place) ? file : join(aside, basename(folder), place);
}

function pickStart({ startTime, host, pid, options }: RunRecord): NonNullable<RunRecord['earlierStarts']>[number] {
  return { startTime, host, pid, options };
}
