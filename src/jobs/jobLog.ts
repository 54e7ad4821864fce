/** How does a job do, by its log? Read once, from where it was left, a slice at a time; a log in another's place is read anew. */
import type { RunEvent } from '../protocol/events';
import type { ReadingPlace } from '../storage/appendedLines';
import { EventReader, eventsFile, type ReadOptions } from './events';
import { addEvent, emptySummary, type JobSummary } from './jobSummary';
import { statusFrom, type RunStatus } from './status';

/** As much tells the latest epoch of a usual training, among its iterations. */
const tailBytes = 64 << 10;

/** A shorter log is read at once. */
const longBytes = 2 * tailBytes;

/** Plain data: what was read of a log, and where reading goes on. */
export interface ReadLog {
  place: ReadingPlace;
  summary: JobSummary;
}

export class JobLog {
  private readonly reader: EventReader;
  /** How often another log was found in the place. */
  replacements = 0;
  private sum = emptySummary();

  /** @param folder  of the job: a training's fold folder */
  constructor(readonly folder: string) {
    this.reader = new EventReader(eventsFile(folder));
  }

  /** Of what was read so far. */
  get summary(): Readonly<JobSummary> {
    return this.sum;
  }

  /** Takes in a slice at most. @returns its events */
  read(options: ReadOptions = { iterations: 'last' }): RunEvent[] {
    const events = this.reader.read(options);
    if (this.reader.replacements > this.replacements) {
      this.replacements = this.reader.replacements;
      this.sum = emptySummary();
    }
    for (const event of events) addEvent(this.sum, event);
    return events;
  }

  /** True while there is more to read at once. */
  get hasMore(): boolean {
    return this.reader.hasMore;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.reader.position;
  }

  /** Whether so much is unread that its end is worth a look before. */
  get isFarBehind(): boolean {
    return this.reader.unreadBytes > longBytes;
  }

  /** What the end of a log that was not read yet tells: without what came earlier, but of now. */
  readTail(): JobSummary {
    const sum = emptySummary();
    for (const event of this.reader.readTail(tailBytes)) addEvent(sum, event);
    return sum;
  }

  /** To be kept for the next time; undefined where there is no log. */
  get kept(): ReadLog | undefined {
    const { place } = this.reader;
    return place && { place, summary: this.sum };
  }

  /** Goes on where an earlier reader stopped. */
  goOnFrom({ place, summary }: ReadLog): void {
    this.reader.goOnFrom(place);
    this.sum = summary;
  }
}

/**
 * How the job in a folder does, by the end of its log.
 * @returns undefined when nothing was ever done in this folder
 */
export function runStatus(folder: string): RunStatus | undefined {
  const log = new JobLog(folder);
  if (log.isFarBehind) return statusFrom(folder, log.readTail().progress);
  log.read();
  return statusFrom(folder, log.summary.progress);
}
