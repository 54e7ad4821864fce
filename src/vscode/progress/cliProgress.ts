/** How do a stream's chunks become lines? */

/** Splits a stream's chunks into lines; what is not ended yet waits for the next chunk. */
export class LineSplitter {
  private rest = '';

  constructor(private readonly take: (line: string) => void) {}

  push(chunk: string): void {
    const lines = (this.rest + chunk).split(/\r?\n|\r/);
    this.rest = lines.pop()!;
    for (const line of lines) this.take(line);
  }

  end(): void {
    if (this.rest) this.take(this.rest);
    this.rest = '';
  }
}
