/** Which jobs wait, as the files said when they were looked at last? Whoever shows them does not read the disk for it. */
import * as fs from 'node:fs';
import { NnunetError } from '../method/errors';
import { graphFile } from './graphFile';
import type { StoreProblem } from './knownJob';
import { readWaiting, type WaitingJob } from './waiting';

const laterMilliseconds = 5000;

export class WaitingList {
  entries: readonly WaitingJob[] = [];
  /** Why they can't be read. */
  problem: StoreProblem | undefined;
  private seen = '';
  private at = 0;

  constructor(private readonly resultsRoot: string) {}

  /** Reads the files, if they are others. @returns whether anything is different */
  look(): boolean {
    const stamp = stampOf(graphFile(this.resultsRoot));
    // A job that a scheduler has begins without a change of the list.
    const mayHaveBegun =
      this.entries.some(({ handedOver }) => handedOver) && performance.now() - this.at > laterMilliseconds;
    if (stamp === this.seen && !mayHaveBegun) return false;
    this.at = performance.now();
    const before = this.text();
    this.read();
    this.seen = stamp;
    return this.text() !== before;
  }

  private read(): void {
    try {
      this.entries = readWaiting(this.resultsRoot);
      this.problem = undefined;
    } catch (error) {
      const where = (error instanceof NnunetError ? error.where : undefined) ?? graphFile(this.resultsRoot);
      this.entries = [];
      this.problem = { where, message: (error as Error).message };
    }
  }

  private text(): string {
    return JSON.stringify([this.entries, this.problem]);
  }
}

/** The list is written anew at each change, as another file. */
function stampOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : '';
}
