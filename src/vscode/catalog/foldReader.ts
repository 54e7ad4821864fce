/** Reads how a fold's training is doing, again and again, without reading its event log from the start each time. */
import { setImmediate as breathe } from 'node:timers/promises';
import { JobLog } from '../../jobs/jobLog';
import { secondsTrained } from '../../jobs/jobSummary';
import { type RunStatus, statusFrom } from '../../jobs/status';

export interface FoldState {
  /** undefined: nothing was trained here yet. */
  status: RunStatus | undefined;
  /** Smoothed pseudo Dice per epoch. */
  emaDice: readonly (number | null)[];
  /** Sum of these epochs' durations. */
  seconds: number;
  /** Why its files tell nothing. */
  problem?: string;
}

export class FoldReader {
  private readonly log: JobLog;
  private reading: Promise<FoldState> | undefined;

  constructor(readonly folder: string) {
    this.log = new JobLog(folder);
  }

  /** Reads on to the log's present end, with room for other work between the slices of a long one. Never rejects. */
  read(): Promise<FoldState> {
    this.reading ??= this.readOn().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async readOn(): Promise<FoldState> {
    try {
      for (;;) {
        this.log.read();
        if (!this.log.hasMore) break;
        await breathe();
      }
      const { progress, diceCurve } = this.log.summary;
      return {
        status: statusFrom(this.folder, progress),
        emaDice: diceCurve,
        seconds: secondsTrained(this.log.summary),
      };
    } catch (error) {
      return { status: undefined, emaDice: [], seconds: 0, problem: (error as Error).message };
    }
  }
}
