/** Reads the whole lines that were appended to a text file since the last call, however they arrive. */
import * as fs from 'node:fs';

export class AppendedLines {
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly file: string) {}

  /**
   * @param maxBytes  the most that is read in this call; what is left comes with the next
   * @returns the new complete lines, without their ends; [] when the file is absent or unchanged
   */
  read(maxBytes = Infinity): string[] {
    const chunk = this.readAppended(maxBytes);
    if (chunk === undefined) return [];
    const buffer = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = buffer.lastIndexOf(0x0a) + 1;
    this.rest = Buffer.from(buffer.subarray(end));
    return end === 0 ? [] : buffer.toString('utf8', 0, end - 1).split('\n');
  }

  /** Byte position up to which whole lines were read. Smaller than before when the file was replaced by a new one. */
  get position(): number {
    return this.offset - this.rest.length;
  }

  /** True while the file holds bytes that were not looked at. */
  get hasMore(): boolean {
    return sizeOf(this.file) > this.offset;
  }

  /** Goes on from a position that was reported earlier, or from the file's end. */
  seek(position: number | 'end'): void {
    this.offset = position === 'end' ? sizeOf(this.file) : position;
    this.rest = Buffer.alloc(0);
  }

  private readAppended(maxBytes: number): Buffer | undefined {
    const size = sizeOf(this.file);
    // A log only grows; a shorter file is a new one.
    if (size < this.offset) this.seek(0);
    if (size === this.offset) return undefined;
    const descriptor = fs.openSync(this.file, 'r');
    try {
      const buffer = Buffer.alloc(Math.min(size - this.offset, maxBytes));
      const count = fs.readSync(descriptor, buffer, 0, buffer.length, this.offset);
      this.offset += count;
      return buffer.subarray(0, count);
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
