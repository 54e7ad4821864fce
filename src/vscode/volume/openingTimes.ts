/** Where did the time go until a volume was shown? One line of the log for each opened volume. */
import type { Milestone } from './sessionHost';

export class OpeningTimes {
  private readonly start = performance.now();
  private readonly milestones = new Map<Milestone, number>();

  /** @param say  called once, when the last milestone is reached */
  constructor(private readonly say: (line: string) => void) {}

  reached(milestone: Milestone): void {
    if (this.milestones.has(milestone) || this.milestones.has('all voxels sent')) return;
    this.milestones.set(milestone, Math.round(performance.now() - this.start));
    if (milestone !== 'all voxels sent') return;
    this.say([...this.milestones].map(([name, milliseconds]) => `${name} after ${milliseconds} ms`).join(', '));
  }
}
