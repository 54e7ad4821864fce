/** Does somebody on another machine still live? A sign of life that changes between two looks says so, by the watcher's own clock. */

/** A holder beats every 15 seconds; slow disks and sleeping machines get their time. */
export const silentSeconds = 120;

export type Life = 'alive' | 'unknown' | 'dead';

/** Clocks of machines and disks may be hours apart: no time of theirs is ever compared with ours. */
export class Heartbeats {
  private readonly seen = new Map<string, { beat: string; since: number; hasChanged: boolean }>();

  /** @param now  milliseconds of a clock that never jumps */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Looks once more.
   * @param who  whose life it is, e.g. the file that tells of it
   * @param beat  what that one writes anew all the time
   */
  look(who: string, beat: string): Life {
    const now = this.now();
    const known = this.seen.get(who);
    if (known?.beat !== beat) {
      this.seen.set(who, { beat, since: now, hasChanged: known !== undefined });
      return known === undefined ? 'unknown' : 'alive';
    }
    if (now - known.since >= silentSeconds * 1000) return 'dead';
    return known.hasChanged ? 'alive' : 'unknown';
  }
}
