/** Reads how a fold's training is doing, again and again, without reading its event log from the start each time. */
import { setImmediate as breathe } from 'node:timers/promises';
import { epochsKept } from '../../jobs/epochs';
import { EventReader, eventsFile } from '../../jobs/events';
import { applyEvent, type RunProgress, type RunStatus, statusFrom } from '../../jobs/status';

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
  private readonly reader: EventReader;
  private replacements = 0;
  private progress: RunProgress = {};
  private emaDice: (number | null)[] = [];
  private seconds: number[] = [];
  private reading: Promise<FoldState> | undefined;

  constructor(readonly folder: string) {
    this.reader = new EventReader(eventsFile(folder));
  }

  /** Reads on to the log's present end, with room for other work between the slices of a long one. Never rejects. */
  read(): Promise<FoldState> {
    this.reading ??= this.readOn().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async readOn(): Promise<FoldState> {
    try {
      for (;;) {
        this.takeSlice();
        if (!this.reader.hasMore) break;
        await breathe();
      }
      // Epochs that the log lacks are no numbers here.
      const seconds = this.seconds.reduce((sum, value) => sum + value, 0);
      return { status: statusFrom(this.folder, this.progress), emaDice: this.emaDice, seconds };
    } catch (error) {
      return { status: undefined, emaDice: [], seconds: 0, problem: (error as Error).message };
    }
  }

  private takeSlice(): void {
    const events = this.reader.read();
    if (this.reader.replacements > this.replacements) this.startOver();
    for (const event of events) {
      this.progress = applyEvent(this.progress, event);
      const kept = epochsKept(event);
      for (const values of [this.emaDice, this.seconds])
        if (kept !== undefined) values.length = Math.min(values.length, kept);
      if (event.type !== 'epoch') continue;
      this.emaDice[event.epoch] = event.emaDice;
      this.seconds[event.epoch] = event.seconds;
    }
  }

  /** A new training began in this folder. */
  private startOver(): void {
    this.replacements = this.reader.replacements;
    this.progress = {};
    this.emaDice = [];
    this.seconds = [];
  }
}
