/** Writes and reads events.jsonl, the append-only log that is the single truth about a run. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, Untimed } from '../protocol/events';
import { AppendedLines } from './appendedLines';

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
  private readonly lines: AppendedLines;
  skippedLines = 0;

  constructor(file: string) {
    this.lines = new AppendedLines(file);
  }

  /** @returns the new complete events, in order; [] when the file is absent or unchanged. */
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

export function readEvents(foldFolder: string): RunEvent[] {
  return new EventReader(eventsFile(foldFolder)).read();
}
