/** Writes and reads events.jsonl, the append-only log that is the single truth about a run. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, Untimed } from '../protocol/events';
import { AppendedLines } from '../storage/appendedLines';

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
    const file = eventsFile(foldFolder);
    this.torn = endsWithinLine(file);
    this.descriptor = fs.openSync(file, 'a');
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

function endsWithinLine(file: string): boolean {
  if (!fs.existsSync(file)) return false;
  const { size } = fs.statSync(file);
  if (size === 0) return false;
  const descriptor = fs.openSync(file, 'r');
  try {
    const last = Buffer.alloc(1);
    fs.readSync(descriptor, last, 0, 1, size - 1);
    return last[0] !== 0x0a;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Reads what was appended since the last call. Lines that are no events are counted, not fatal. */
export class EventReader {
  private readonly lines: AppendedLines;
  skippedLines = 0;

  constructor(file: string) {
    this.lines = new AppendedLines(file);
  }

  /** @returns the complete events of the next slice, in order; [] when the file is absent or unchanged */
  read(): RunEvent[] {
    const events: RunEvent[] = [];
    for (const line of this.lines.read()) {
      if (line.trim() === '') continue;
      const event = parseEvent(line);
      if (event) events.push(event);
      else this.skippedLines += 1;
    }
    return events;
  }

  /** True while there is more to read at once. */
  get hasMore(): boolean {
    return this.lines.hasMore;
  }

  /** How often another log was found in the place: what the events before it added up to holds no longer. */
  get replacements(): number {
    return this.lines.replacements;
  }

  /** Byte position up to which whole lines were read. */
  get position(): number {
    return this.lines.position;
  }

  /** Goes on from a position that was reported earlier, or from the file's end. */
  seek(position: number | 'end'): void {
    this.lines.seek(position);
  }
}

/** One event, or undefined for a line that holds none. */
export function parseEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string') {
      return value as RunEvent;
    }
  } catch {
    // Fall through: a torn or foreign line.
  }
  return undefined;
}

/** The whole log at once, however long: for programs that have nothing else to do meanwhile. */
export function readEvents(foldFolder: string): RunEvent[] {
  const reader = new EventReader(eventsFile(foldFolder));
  const events: RunEvent[] = [];
  do {
    for (const event of reader.read()) events.push(event);
  } while (reader.hasMore);
  return events;
}
