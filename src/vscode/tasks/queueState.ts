/** Which jobs wait, as the files said when they were looked at last? Whoever shows them does not read the disk for it. */
import * as fs from 'node:fs';
import { graphFile } from '../../jobs/graphFile';
import { readWaiting, type WaitingJob } from '../../jobs/waiting';

const laterMilliseconds = 5000;

export class QueueState {
  entries: readonly WaitingJob[] = [];
  private problem = '';
  private seen = '';
  private at = 0;

  /** @param onProblem  told once of a list that cannot be read, not at every look */
  constructor(private readonly onProblem: (error: unknown) => void) {}

  /** Reads the files, if they are others. @returns whether anything is different */
  look(resultsRoot: string): boolean {
    const stamp = `${resultsRoot} ${stampOf(graphFile(resultsRoot))}`;
    // A job that a scheduler has begins without a change of the list.
    const mayHaveBegun =
      this.entries.some(({ handedOver }) => handedOver) && performance.now() - this.at > laterMilliseconds;
    if (stamp === this.seen && !mayHaveBegun) return false;
    this.at = performance.now();
    const before = JSON.stringify(this.entries);
    this.entries = this.read(resultsRoot);
    this.seen = stamp;
    return JSON.stringify(this.entries) !== before;
  }

  private read(resultsRoot: string): WaitingJob[] {
    try {
      const entries = readWaiting(resultsRoot);
      this.problem = '';
      return entries;
    } catch (error) {
      const text = String(error);
      if (text !== this.problem) this.onProblem(error);
      this.problem = text;
      return [];
    }
  }
}

/** The list is written anew at each change, as another file. */
function stampOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : '';
}
