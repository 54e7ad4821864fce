/** Which whole lines were appended to a text file since the last call? However they arrive, a slice at a time, garbage passed over. */
import * as fs from 'node:fs';

/** The most that is read and understood in one go: what else the process does waits no longer than for this. */
export const sliceBytes = 512 << 10;

/** Of short lines fewer bytes are one go: each line has a cost of its own. */
export const sliceLines = 5000;

/** A longer line is no text that anybody wrote: it is passed over, and never held in memory. */
export const longestLineBytes = 1 << 20;

/** As many bytes of a log's beginning tell it from another one: the time of its first line is among them. */
const headBytes = 256;
/** And as many before the place where reading stopped: a file that was cut and grew again has others. */
const tailBytes = 32;

export interface Line {
  /** Without its end. */
  text: string;
  /** Byte position of its beginning. */
  at: number;
}

/** Lines that nobody wants: they are passed over as bytes, which is many times as fast as reading them. */
interface PassedOver {
  /** They begin so. */
  beginning: string;
  /** Only those that come before the last line of the slice that begins so. */
  before?: string;
}

/** Where reading stopped, and by what the file is known again: plain data that can be kept for the next time. */
export interface ReadingPlace {
  position: number;
  inode: string;
  /** As long as this is the same, and all was read, the file need not be opened. */
  changed: string;
  /** Base64. */
  head: string;
  tail: string;
}

export class AppendedLines {
  /** How often another file, or none, was found in the place: what was made of the lines before it holds no longer. */
  replacements = 0;
  /** Lines that were too long to be taken. */
  overlongLines = 0;
  private offset = 0;
  /** What the file held at the last look. */
  private seenBytes: number | undefined;
  /** The pieces of a line whose end has not come yet. */
  private rest: Buffer[] = [];
  private restBytes = 0;
  private isOverlong = false;
  private known: { inode: string; changed: string; head: Buffer } | undefined;
  /** What was read last, before `offset`. */
  private tail = Buffer.alloc(0);

  constructor(private readonly file: string) {}

  /**
   * @returns the complete lines of the next slice, most of those that are to be passed over left out; [] when the file is absent
   *   or unchanged
   */
  read(passedOver?: PassedOver): Line[] {
    const chunk = this.readAppended(sliceBytes);
    if (chunk === undefined) return [];
    const isUnwanted = unwantedIn(chunk, passedOver);
    const chunkAt = this.offset - chunk.length;
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      if (this.restBytes > 0 || !isUnwanted(start)) {
        const at = chunkAt + start - this.restBytes;
        this.keep(chunk, start, end);
        if (this.isOverlong) this.overlongLines += 1;
        else lines.push({ text: this.takeRest(chunk, start, end), at });
        this.forgetRest();
      }
      start = end + 1;
      if (lines.length < sliceLines) continue;
      this.goTo(chunkAt + start, chunk.subarray(0, start));
      return lines;
    }
    this.keep(chunk, start, chunk.length);
    this.goTo(chunkAt + chunk.length, chunk);
    return lines;
  }

  /** Byte position up to which whole lines were read. Smaller than before when the file was replaced by a new one. */
  get position(): number {
    return this.isOverlong ? this.offset : this.offset - this.restBytes;
  }

  /** What the file holds beyond what was looked at. */
  get unreadBytes(): number {
    return Math.max(0, sizeOf(this.file) - this.offset);
  }

  /** Whether the last look left something: what was appended since is seen by the next one. */
  get hasMore(): boolean {
    return (this.seenBytes ?? sizeOf(this.file)) > this.offset;
  }

  /** Goes on from a position that was reported earlier, or from the file's end. */
  seek(position: number | 'end'): void {
    this.offset = position === 'end' ? sizeOf(this.file) : position;
    this.tail = Buffer.alloc(0);
    this.forgetRest();
  }

  /** undefined where nothing was read yet. */
  get place(): ReadingPlace | undefined {
    const { known, position } = this;
    if (!known) return undefined;
    // The bytes of a line that has not ended are read once more.
    const tail = position === this.offset ? this.tail : Buffer.alloc(0);
    const { inode, changed, head } = known;
    return { position, inode, changed, head: head.toString('base64'), tail: tail.toString('base64') };
  }

  /** Goes on where another reader stopped; if the file is another one now, that is noticed as ever. */
  goOnFrom({ position, inode, changed, head, tail }: ReadingPlace): void {
    this.seek(position);
    this.tail = Buffer.from(tail, 'base64');
    this.known = { inode, changed, head: Buffer.from(head, 'base64') };
  }

  private readAppended(maxBytes: number): Buffer | undefined {
    const stat = fs.statSync(this.file, { throwIfNoEntry: false });
    this.seenBytes = stat?.size ?? 0;
    if (!stat) {
      if (this.known) this.startOver();
      this.known = undefined;
      return undefined;
    }
    const changed = `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (this.known?.changed === changed && stat.size === this.offset) return undefined;
    const descriptor = fs.openSync(this.file, 'r');
    try {
      this.identify(descriptor, stat, changed);
      if (stat.size <= this.offset) return undefined;
      let bytes = this.readFrom(descriptor, stat.size, maxBytes);
      if (!startsWith(bytes, this.tail)) {
        this.startOver();
        bytes = this.readFrom(descriptor, stat.size, maxBytes);
      }
      const chunk = bytes.subarray(this.tail.length);
      this.offset += chunk.length;
      return chunk;
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** Begins with what was read last. */
  private readFrom(descriptor: number, size: number, maxBytes: number): Buffer {
    const from = this.offset - this.tail.length;
    const buffer = Buffer.allocUnsafe(Math.min(size - from, maxBytes + this.tail.length));
    return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, buffer.length, from));
  }

  /** A log only grows: one that is shorter, is another file or begins otherwise is a new one, and read from its beginning. */
  private identify(descriptor: number, { ino, birthtimeMs, size }: fs.Stats, changed: string): void {
    const head = Buffer.alloc(Math.min(size, headBytes));
    const count = fs.readSync(descriptor, head, 0, head.length, 0);
    const now = { inode: `${ino} ${birthtimeMs}`, changed, head: head.subarray(0, count) };
    const { known } = this;
    this.known = now;
    const isSame = !known || (known.inode === now.inode && startsWith(now.head, known.head));
    if (!isSame || size < this.offset) this.startOver();
  }

  private startOver(): void {
    this.replacements += 1;
    this.seek(0);
  }

  private goTo(offset: number, read: Buffer): void {
    this.offset = offset;
    // A copy: the slice that it is part of need not stay in memory.
    this.tail = Buffer.from(read.subarray(-tailBytes));
  }

  /** Notes a piece of a line; it is copied only where its end has not come yet. */
  private keep(chunk: Buffer, start: number, end: number): void {
    const isEnded = end < chunk.length;
    this.restBytes += end - start;
    if (this.restBytes > longestLineBytes) {
      this.isOverlong = true;
      this.rest = [];
    } else if (!isEnded && end > start) this.rest.push(Buffer.from(chunk.subarray(start, end)));
  }

  private takeRest(chunk: Buffer, start: number, end: number): string {
    if (this.rest.length === 0) return chunk.toString('utf8', start, end);
    return Buffer.concat([...this.rest, chunk.subarray(start, end)]).toString('utf8');
  }

  private forgetRest(): void {
    this.rest = [];
    this.restBytes = 0;
    this.isOverlong = false;
  }
}

/** The whole lines among a file's last bytes; [] where it is absent. */
export function lastLines(file: string, bytes: number, passedOver?: PassedOver): string[] {
  const size = sizeOf(file);
  if (size === 0) return [];
  const descriptor = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(size, bytes));
    const read = buffer.subarray(0, fs.readSync(descriptor, buffer, 0, buffer.length, size - buffer.length));
    const isUnwanted = unwantedIn(read, passedOver);
    const lines: string[] = [];
    // The first may be the end of a line that began earlier.
    let start = size > bytes ? read.indexOf(0x0a) + 1 : 0;
    for (let end = read.indexOf(0x0a, start); end >= 0; end = read.indexOf(0x0a, start)) {
      if (!isUnwanted(start)) lines.push(read.toString('utf8', start, end));
      start = end + 1;
    }
    return lines;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** @returns whether the line that begins at a place is to be passed over */
function unwantedIn(chunk: Buffer, passedOver: PassedOver | undefined): (start: number) => boolean {
  if (!passedOver) return () => false;
  const { beginning, before } = passedOver;
  const end = before === undefined ? chunk.length : chunk.lastIndexOf(`\n${before}`);
  const bytes = Buffer.from(beginning);
  return (start) => {
    if (start >= end) return false;
    for (let index = 0; index < bytes.length; index += 1) if (chunk[start + index] !== bytes[index]) return false;
    return true;
  };
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.length >= beginning.length && bytes.subarray(0, beginning.length).equals(beginning);
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
