/** What is new of one job since the last look at its folder? */
import { activeHolder, type LockContent } from '../dataset/foldLock';
import type { RunEvent } from '../protocol/events';
import { JobLog, type ReadLog } from './jobLog';
import { secondsTrained, type JobSummary } from './jobSummary';
import type { JobDescription, KnownJob } from './knownJob';
import { statusFrom, type RunStatus } from './status';

interface Look {
  isDifferent: boolean;
  /** What it said since the last look; not what it had said before it was followed. */
  news: RunEvent[];
  hasBegun: boolean;
  hasEnded: boolean;
}

export class FollowedJob {
  /** undefined: nothing was ever done in this folder, or it was not looked at yet. */
  known: KnownJob | undefined;
  private readonly log: JobLog;
  /** Of the end of the log, until all of it was read. */
  private tail: JobSummary | undefined;
  private keptPosition: number;

  /** Whether it was there before anybody looked. */
  private readonly isOld: boolean;

  /**
   * @param isNews  whether what its log says already is news
   * @param kept  what was read of the log earlier
   */
  constructor(
    private description: JobDescription,
    private isNews: boolean,
    kept?: ReadLog,
  ) {
    this.isOld = !isNews;
    this.log = new JobLog(description.folder);
    if (kept) this.log.goOnFrom(kept);
    this.keptPosition = kept?.place.position ?? 0;
  }

  get folder(): string {
    return this.description.folder;
  }

  /** True while there is more to read at once. */
  get isBehind(): boolean {
    return this.known !== undefined && this.known.problem === undefined && this.log.hasMore;
  }

  /** Takes in a slice of the log at most; of a long one that nobody has read yet the end first. */
  look(): Look {
    const before = this.known;
    try {
      // Before reading: what a run wrote before it let go of the folder is then certainly read.
      const holder = activeHolder(this.folder) ?? null;
      if (!before && this.log.isFarBehind) {
        this.tail = this.log.readTail();
        this.isNews = false;
        return this.noted(before, this.statusNow(holder, false), { news: [], isWhole: false, hasRead: true });
      }
      const { replacements } = this.log;
      const events = this.log.read({ iterations: this.isNews ? 'all' : 'last' });
      if (this.log.replacements > replacements) this.tail = undefined;
      const isWhole = !this.log.hasMore;
      if (isWhole) this.tail = undefined;
      const news = this.isNews ? events : [];
      if (isWhole) this.isNews = true;
      return this.noted(before, this.statusNow(holder, isWhole), { news, isWhole, hasRead: events.length > 0 });
    } catch (error) {
      const problem = (error as Error).message;
      this.known = this.describe(before?.status ?? { state: 'interrupted' }, problem);
      return { isDifferent: before?.problem !== problem, news: [], hasBegun: false, hasEnded: false };
    }
  }

  /** Another job was asked for in its folder. */
  describeAs(description: JobDescription): boolean {
    if (description.jobId === this.description.jobId) return false;
    this.description = description;
    if (this.known) this.known = this.describe(this.known.status, this.known.problem);
    return true;
  }

  /** What is worth keeping of its log, because reading it anew would take long; undefined: nothing, or it is kept already. */
  takeWorthKeeping(): ReadLog | undefined {
    const { position, kept } = this.log;
    const isRunning = this.known?.status.state === 'running';
    const grown = position - this.keptPosition;
    if (this.isBehind || !kept || position < worthKeepingBytes || grown === 0) return undefined;
    if (isRunning && Math.abs(grown) < worthKeepingBytes) return undefined;
    this.keptPosition = position;
    return kept;
  }

  private statusNow(holder: LockContent | null, isWhole: boolean): RunStatus | undefined {
    const before = this.known?.status;
    // What a log says in its middle is not how its run ended.
    if (!holder && !isWhole && !this.tail) return before ?? { state: 'interrupted' };
    return statusFrom(this.folder, (this.tail ?? this.log.summary).progress, holder);
  }

  private noted(
    before: KnownJob | undefined,
    status: RunStatus | undefined,
    { news, isWhole, hasRead }: { news: RunEvent[]; isWhole: boolean; hasRead: boolean },
  ): Look {
    const isDifferent =
      hasRead ||
      before?.problem !== undefined ||
      before?.isPartial !== (this.tail ? true : undefined) ||
      seen(before?.status) !== seen(status);
    if (isDifferent) this.known = status && this.describe(status);
    const isRunning = status?.state === 'running';
    const wasRunning = before?.status.state === 'running';
    return {
      isDifferent,
      news,
      hasBegun: isRunning && !wasRunning && !(before === undefined && this.isOld),
      // A short run may begin and end between two looks.
      hasEnded: status !== undefined && isWhole && !isRunning && (wasRunning || news.length > 0),
    };
  }

  private describe(status: RunStatus, problem?: string): KnownJob {
    const { training, ...names } = this.description;
    const { summary } = this.log;
    return {
      ...names,
      status,
      ...(training && {
        training: { ...training, diceCurve: summary.diceCurve, seconds: secondsTrained(summary) },
      }),
      ...(this.tail && { isPartial: true }),
      ...(problem !== undefined && { problem }),
    };
  }
}

/** A shorter log is as quickly read as what is kept of it. */
const worthKeepingBytes = 128 << 10;

/** What changes without the log: its process came or went, it is to stop, another program wrote a checkpoint. */
function seen(status: RunStatus | undefined): string {
  return status
    ? [status.state, status.isStopping, status.stopsAfterEpoch, status.pid, status.updatedAt].join(' ')
    : '';
}
