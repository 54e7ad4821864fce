/** Reads the whole lines that were appended to a text file since the last call, however they arrive, a slice at a time. */
import * as fs from 'node:fs';

/** The most that is read and understood in one go: what else the process does waits no longer than for this. */
export const sliceBytes = 512 << 10;

/** As many bytes of a log's beginning tell it from another one: the time of its first line is among them. */
const headBytes = 256;

export class AppendedLines {
  /** How often another file was found in the place: what was made of the lines before it holds no longer. */
  replacements = 0;
  private offset = 0;
  /** The pieces of a line whose end has not come yet. */
  private rest: Buffer[] = [];
  private restBytes = 0;
  private known: { inode: string; changed: string; head: Buffer } | undefined;

  constructor(private readonly file: string) {}

  /**
   * @param maxBytes  the most that is read in this call; what is left comes with the next
   * @returns the new complete lines, without their ends; [] when the file is absent or unchanged
   */
  read(maxBytes = sliceBytes): string[] {
    const chunk = this.readAppended(maxBytes);
    if (chunk === undefined) return [];
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      this.keep(chunk);
      return [];
    }
    const whole = Buffer.concat([...this.rest, chunk.subarray(0, end - 1)]);
    this.forgetRest();
    if (end < chunk.length) this.keep(chunk.subarray(end));
    return whole.toString('utf8').split('\n');
  }

  /** Byte position up to which whole lines were read. Smaller than before when the file was replaced by a new one. */
  get position(): number {
    return this.offset - this.restBytes;
  }

  /** True while the file holds bytes that were not looked at. */
  get hasMore(): boolean {
    return sizeOf(this.file) > this.offset;
  }

  /** Goes on from a position that was reported earlier, or from the file's end. */
  seek(position: number | 'end'): void {
    this.offset = position === 'end' ? sizeOf(this.file) : position;
    this.forgetRest();
  }

  private readAppended(maxBytes: number): Buffer | undefined {
    const stat = fs.statSync(this.file, { throwIfNoEntry: false });
    if (!stat) return undefined;
    const changed = `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (this.known?.changed === changed && stat.size === this.offset) return undefined;
    const descriptor = fs.openSync(this.file, 'r');
    try {
      this.identify(descriptor, stat, changed);
      if (stat.size <= this.offset) return undefined;
      const buffer = Buffer.alloc(Math.min(stat.size - this.offset, maxBytes));
      const count = fs.readSync(descriptor, buffer, 0, buffer.length, this.offset);
      this.offset += count;
      return buffer.subarray(0, count);
    } finally {
      fs.closeSync(descriptor);
    }
  }

  /** A log only grows: one that is shorter, is another file or begins otherwise is a new one, and read from its beginning. */
  private identify(descriptor: number, { ino, birthtimeMs, size }: fs.Stats, changed: string): void {
    const head = Buffer.alloc(Math.min(size, headBytes));
    const count = fs.readSync(descriptor, head, 0, head.length, 0);
    const now = { inode: `${ino} ${birthtimeMs}`, changed, head: head.subarray(0, count) };
    const { known } = this;
    this.known = now;
    const isSame = !known || (known.inode === now.inode && startsWith(now.head, known.head));
    if (isSame && size >= this.offset) return;
    this.replacements += 1;
    this.seek(0);
  }

  private keep(piece: Buffer): void {
    // A copy: the slice that it is part of need not stay in memory.
    this.rest.push(Buffer.from(piece));
    this.restBytes += piece.length;
  }

  private forgetRest(): void {
    this.rest = [];
    this.restBytes = 0;
  }
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.length >= beginning.length && bytes.subarray(0, beginning.length).equals(beginning);
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
