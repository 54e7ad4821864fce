/** Writes and reads events.jsonl, the append-only log that is the single truth about a run. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, Untimed } from '../protocol/events';

export const eventsFileName = 'events.jsonl';

export function eventsFile(foldFolder: string): string {
  return join(foldFolder, eventsFileName);
}

/** Appends whole lines, one write each, so that a reader on another machine never sees two events mixed. */
export class EventWriter {
  private readonly descriptor: number;

  constructor(foldFolder: string) {
    const file = eventsFile(foldFolder);
    const torn = endsWithinLine(file);
    this.descriptor = fs.openSync(file, 'a');
    // A runner killed while writing leaves half a line: end it, so that the next event starts on its own.
    if (torn) fs.writeSync(this.descriptor, '\n');
  }

  write(event: Untimed<RunEvent> | RunEvent): RunEvent {
    const timed = { ...event, time: 'time' in event ? event.time : new Date().toISOString() } as RunEvent;
    const { type, time, ...rest } = timed;
    fs.writeSync(this.descriptor, `${JSON.stringify({ type, time, ...rest })}\n`);
    return timed;
  }

  close(): void {
    fs.closeSync(this.descriptor);
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
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);
  skippedLines = 0;

  constructor(private readonly file: string) {}

  /** @returns the new complete events, in order; [] when the file is absent or unchanged. */
  read(): RunEvent[] {
    const chunk = this.readAppended();
    if (chunk === undefined) return [];
    const buffer = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = buffer.lastIndexOf(0x0a) + 1;
    this.rest = Buffer.from(buffer.subarray(end));
    const events: RunEvent[] = [];
    for (const line of buffer.toString('utf8', 0, end).split('\n')) {
      if (line.trim() === '') continue;
      const event = parseEvent(line);
      if (event) events.push(event);
      else this.skippedLines += 1;
    }
    return events;
  }

  /** Byte position up to which whole lines were read. */
  get position(): number {
    return this.offset - this.rest.length;
  }

  /** Goes on from a position that was reported earlier, or from the file's end. */
  seek(position: number | 'end'): void {
    this.offset = position === 'end' ? sizeOf(this.file) : position;
    this.rest = Buffer.alloc(0);
  }

  private readAppended(): Buffer | undefined {
    const size = sizeOf(this.file);
    // The log only grows; a shorter file is a new run's.
    if (size < this.offset) this.seek(0);
    if (size === this.offset) return undefined;
    const descriptor = fs.openSync(this.file, 'r');
    try {
      const buffer = Buffer.alloc(size - this.offset);
      const count = fs.readSync(descriptor, buffer, 0, buffer.length, this.offset);
      this.offset += count;
      return buffer.subarray(0, count);
    } finally {
      fs.closeSync(descriptor);
    }
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

export function readEvents(foldFolder: string): RunEvent[] {
  return new EventReader(eventsFile(foldFolder)).read();
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
