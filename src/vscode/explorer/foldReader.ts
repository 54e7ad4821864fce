/** Reads how a fold's training is doing, again and again, without reading its event log from the start each time. */
import { statSync } from 'node:fs';
import { epochsKept } from '../../runs/epochs';
import { EventReader, eventsFile } from '../../runs/events';
import { applyEvent, type RunProgress, type RunStatus, statusFrom } from '../../runs/status';

export interface FoldState {
  /** undefined: nothing was trained here yet. */
  status: RunStatus | undefined;
  /** Smoothed pseudo Dice per epoch. */
  emaDice: readonly (number | null)[];
  /** Sum of these epochs' durations. */
  seconds: number;
}

export class FoldReader {
  private reader: EventReader;
  private progress: RunProgress = {};
  private emaDice: (number | null)[] = [];
  private seconds: number[] = [];

  constructor(readonly folder: string) {
    this.reader = new EventReader(eventsFile(folder));
  }

  read(): FoldState {
    const size = statSync(eventsFile(this.folder), { throwIfNoEntry: false })?.size ?? 0;
    if (size < this.reader.position) this.startOver();
    for (const event of this.reader.read()) {
      this.progress = applyEvent(this.progress, event);
      const kept = epochsKept(event);
      for (const values of [this.emaDice, this.seconds])
        if (kept !== undefined) values.length = Math.min(values.length, kept);
      if (event.type !== 'epoch') continue;
      this.emaDice[event.epoch] = event.emaDice;
      this.seconds[event.epoch] = event.seconds;
    }
    // Epochs that the log lacks are no numbers here.
    const seconds = this.seconds.reduce((sum, value) => sum + value, 0);
    return { status: statusFrom(this.folder, this.progress), emaDice: this.emaDice, seconds };
  }

  /** The log is shorter than it was: a new training began in this folder. */
  private startOver(): void {
    this.reader = new EventReader(eventsFile(this.folder));
    this.progress = {};
    this.emaDice = [];
    this.seconds = [];
  }
}
