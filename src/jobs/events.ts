/** Writes and reads events.jsonl, the append-only log that is the single truth about a run. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, Untimed } from '../protocol/events';
import { AppendedLines, lastLines, type Line, type ReadingPlace } from '../storage/appendedLines';

export const eventsFileName = 'events.jsonl';

export function eventsFile(foldFolder: string): string {
  return join(foldFolder, eventsFileName);
}

/** Bytes kept aside in the run's folder, given up when the disk is full: what went wrong can still be written down. */
const reserveBytes = 8192;

/** Appends whole lines, one write each, so that a reader on another machine never sees two events mixed. */
export class EventWriter {
  private readonly descriptor: number;
  private readonly reserve: string;
  /** The file ends within a line: the next event must start on its own. */
  private torn: boolean;

  constructor(foldFolder: string) {
    this.descriptor = fs.openSync(eventsFile(foldFolder), 'a+');
    this.torn = endsWithinLine(this.descriptor);
    this.reserve = join(foldFolder, '.reserve');
    fs.writeFileSync(this.reserve, Buffer.alloc(reserveBytes));
  }

  write(event: Untimed<RunEvent> | RunEvent): RunEvent {
    const timed = { ...event, time: 'time' in event ? event.time : new Date().toISOString() } as RunEvent;
    const { type, time, ...rest } = timed;
    const line = `${JSON.stringify({ type, time, ...rest })}\n`;
    try {
      this.append(line);
    } catch (error) {
      if (type !== 'error' && type !== 'finished') throw error;
      fs.rmSync(this.reserve, { force: true });
      this.append(line);
    }
    return timed;
  }

  close(): void {
    try {
      fs.fsyncSync(this.descriptor);
    } catch {
      // What a failing disk does not keep, a resumed training writes again from its checkpoint.
    }
    fs.closeSync(this.descriptor);
    fs.rmSync(this.reserve, { force: true });
  }

  private append(line: string): void {
    const bytes = Buffer.from(this.torn ? `\n${line}` : line);
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(this.descriptor, bytes, written);
      this.torn = false;
    } catch (error) {
      this.torn ||= written > 0;
      throw error;
    }
  }
}

function endsWithinLine(descriptor: number): boolean {
  const { size } = fs.fstatSync(descriptor);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  fs.readSync(descriptor, last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

export interface ReadOptions {
  /** Which `iteration` events are wanted, some more may come; last: of epochs that have not ended within the slice. */
  iterations?: 'all' | 'last' | 'none';
}

/** Most lines of a training's log, and nothing to sum up once their epoch has ended. */
const iteration = { beginning: '{"type":"iteration"' };
const passedOver = { all: undefined, none: iteration, last: { ...iteration, before: '{"type":"epoch"' } };

interface PlacedEvent {
  event: RunEvent;
  line: string;
  /** Byte position of the line's beginning. */
  at: number;
}

/** Reads what was appended since the last call: the only way to an event log. Lines that are no events are counted, not fatal. */
export class EventReader {
  private readonly lines: AppendedLines;
  private foreignLines = 0;

  constructor(private readonly file: string) {
    this.lines = new AppendedLines(file);
  }

  /** @returns the complete events of the next slice, in order; [] when the file is absent or unchanged */
  read(options?: ReadOptions): RunEvent[] {
    return this.readPlaced(options).map(({ event }) => event);
  }

  readPlaced({ iterations = 'all' }: ReadOptions = {}): PlacedEvent[] {
    return this.lines.read(passedOver[iterations]).flatMap((line) => this.placed(line));
  }

  /** What the log's last bytes tell, wherever reading stands: how a job does now, before a long log was read. */
  readTail(bytes: number): RunEvent[] {
    return lastLines(this.file, bytes, passedOver.last).flatMap((line) => parseEvent(line) ?? []);
  }

  get skippedLines(): number {
    return this.foreignLines + this.lines.overlongLines;
  }

  /** True while there is more to read at once. */
  get hasMore(): boolean {
    return this.lines.hasMore;
  }

  get unreadBytes(): number {
    return this.lines.unreadBytes;
  }

  /** How often another log was found in the place: what the events before it added up to holds no longer. */
  get replacements(): number {
    return this.lines.replacements;
  }

  /** Byte position up to which whole lines were read. */
  get position(): number {
    return this.lines.position;
  }

  /** Where another reader can go on, in another process too. */
  get place(): ReadingPlace | undefined {
    return this.lines.place;
  }

  goOnFrom(place: ReadingPlace): void {
    this.lines.goOnFrom(place);
  }

  /** Goes on from a position that was reported earlier, or from the file's end. */
  seek(position: number | 'end'): void {
    this.lines.seek(position);
  }

  private placed({ text, at }: Line): PlacedEvent[] {
    const event = parseEvent(text);
    if (event) return [{ event, line: text, at }];
    if (text.trim() !== '') this.foreignLines += 1;
    return [];
  }
}

/** One event, or undefined for a line that holds none. */
function parseEvent(line: string): RunEvent | undefined {
  // Of much garbage each failure to parse would cost more than it is worth.
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Partial<RunEvent> | null;
    return value !== null && isEvent(value) ? (value as RunEvent) : undefined;
  } catch {
    return undefined; // A torn or foreign line.
  }
}

/** Far more epochs than any training has. */
const mostEpochs = 1_000_000;

/** Whoever sums events up relies on the numbers that count. */
function isEvent(value: Partial<RunEvent>): boolean {
  const { type } = value;
  if (type !== 'epoch' && type !== 'iteration') return typeof type === 'string';
  const { epoch } = value as { epoch?: unknown };
  return Number.isInteger(epoch) && (epoch as number) >= 0 && (epoch as number) < mostEpochs;
}

/** The whole log at once, however long: for programs that have nothing else to do meanwhile. */
export function readPlacedEvents(foldFolder: string, options?: ReadOptions): PlacedEvent[] {
  const reader = new EventReader(eventsFile(foldFolder));
  const events: PlacedEvent[] = [];
  do {
    for (const event of reader.readPlaced(options)) events.push(event);
  } while (reader.hasMore);
  return events;
}
