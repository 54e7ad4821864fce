/** Understands what the command line prints while it works, so that VS Code can show it. */

export interface CliProgress {
  /** "Checking the dataset". */
  title: string;
  done?: number;
  total?: number;
  message?: string;
}

/** @returns undefined for a line that is no progress */
export function parseProgress(line: string): CliProgress | undefined {
  const counted = /^([^:]+): (\d+)\/(\d+)(?: {2}(.*))?$/.exec(line);
  if (counted) {
    const [, title, done, total, message] = counted;
    return { title: title!, done: Number(done), total: Number(total), message };
  }
  const started = /^([^:]+)(?:: (.*))? …$/.exec(line);
  if (started) return { title: started[1]!, message: started[2] };
  const ended = /^([^:]+): done in /.exec(line);
  return ended ? { title: ended[1]!, done: 1, total: 1 } : undefined;
}

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
