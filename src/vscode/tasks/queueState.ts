/** Which trainings wait, as the file said when it was looked at last? Whoever shows the queue does not read the disk for it. */
import { readQueue, type QueueEntry } from '../../jobs/queue';

export class QueueState {
  entries: readonly QueueEntry[] = [];
  private problem = '';

  /** @param onProblem  told once of a queue that cannot be read, not at every look */
  constructor(private readonly onProblem: (error: unknown) => void) {}

  /** Reads the file. @returns whether anything is different */
  look(resultsRoot: string): boolean {
    const before = JSON.stringify(this.entries);
    this.entries = this.read(resultsRoot);
    return JSON.stringify(this.entries) !== before;
  }

  private read(resultsRoot: string): QueueEntry[] {
    try {
      const entries = readQueue(resultsRoot);
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
