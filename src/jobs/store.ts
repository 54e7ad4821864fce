/** Which jobs are there below a results root, how do they do, and what do they say? One store tells all who show or ask. */
import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../protocol/events';
import { FollowedJob } from './followedJob';
import type { ReadLog } from './jobLog';
import { keepLog, keptLog, sweepKeptLogs } from './keptLogs';
import { jobsFolder } from './jobFolder';
import type { JobDescription, KnownJob, KnownTraining, StoreProblem } from './knownJob';
import { describeFolder, walkFoldFolders } from './list';
import { RequestedJobs } from './requestedJobs';
import type { WaitingJob } from './waiting';
import { WaitingList } from './waitingList';

interface StoreListeners {
  /** Something in `jobs` or `problems` is different. */
  changed?(): void;
  /** Everything that jobs say while they are followed, in order; not what they had said before. */
  event?(folder: string, event: RunEvent): void;
  began?(job: KnownJob): void;
  ended?(job: KnownJob): void;
}

/** Between two tellings while long logs are read. */
const tellMilliseconds = 250;
const shortWaitMilliseconds = 10;
/** Whoever shows many folders asks for one after the other. */
const quietMilliseconds = 250;

export class JobStore {
  private unreadable: readonly StoreProblem[] = [];
  private readonly followed = new Map<string, FollowedJob>();
  /** Whose logs have more to read than was looked at. */
  private readonly behind = new Set<FollowedJob>();
  private readonly requested: RequestedJobs;
  private readonly waitingList: WaitingList;
  private scanning: Promise<void> | undefined;
  private readingOn: Promise<void> | undefined;
  private isFirstScan = true;
  private isDisposed = false;
  /** Those who want to know of a folder just now. */
  private learning = 0;
  private askedAt = -Infinity;
  private lastTurn: Promise<unknown> = Promise.resolve();
  /** By folder: to sort them anew each time that one says something would cost more than to read it. */
  private order: readonly FollowedJob[] | undefined;
  private listed: readonly KnownJob[] | undefined;

  constructor(
    readonly resultsRoot: string,
    private readonly on: StoreListeners = {},
  ) {
    this.requested = new RequestedJobs(resultsRoot);
    this.waitingList = new WaitingList(resultsRoot);
  }

  /** What can't be read, so that jobs may be missing: as the last scan and the last look at what waits saw it. */
  get problems(): readonly StoreProblem[] {
    return [...(this.waitingList.problem ? [this.waitingList.problem] : []), ...this.unreadable];
  }

  /** In the order in which they will start, as `lookAtWaiting` saw it last. */
  get waiting(): readonly WaitingJob[] {
    return this.waitingList.entries;
  }

  /** Cheap where nothing has changed. @returns whether anything is different */
  lookAtWaiting(): boolean {
    return this.waitingList.look();
  }

  /** One that has read everything: for programs that ask once. */
  static async read(resultsRoot: string): Promise<JobStore> {
    const store = new JobStore(resultsRoot);
    await store.readAll();
    return store;
  }

  /** By folder, which for trainings is by dataset, model and fold. */
  get jobs(): readonly KnownJob[] {
    this.order ??= [...this.followed.values()].sort((a, b) => byName.compare(a.folder, b.folder));
    this.listed ??= this.order.flatMap(({ known }) => known ?? []);
    return this.listed;
  }

  get trainings(): readonly KnownTraining[] {
    return this.jobs.filter((job): job is KnownTraining => job.training !== undefined);
  }

  get active(): readonly KnownJob[] {
    return this.jobs.filter(({ status }) => status.state === 'running');
  }

  /** @param folder  where the job's log lies: a training's fold folder */
  get(folder: string): KnownJob | undefined {
    return this.followed.get(folder)?.known;
  }

  /** @param id  the job's, or the one that a training's fold folder has */
  byId(id: string): KnownJob | undefined {
    return this.jobs.find((job) => job.id === id || job.jobId === id);
  }

  /**
   * Looks at all folders: new ones, gone ones, and those that began or ended. How each does is known then; the rest of long logs is
   * read in the background.
   */
  scan(): Promise<void> {
    this.scanning ??= this.scanAll().finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  /** Scans, and reads every log to its end. */
  async readAll(): Promise<void> {
    await this.scan();
    await this.readOn();
  }

  /** Reads on in the jobs that are going on. */
  poll(): void {
    const running = [...this.followed.values()].filter(({ known }) => known?.status.state === 'running');
    let isDifferent = false;
    for (const one of running) isDifferent = this.look(one) || isDifferent;
    if (isDifferent) this.tell();
  }

  /** Looks at one folder now, before the next scan: its job was just started, or somebody shows it. */
  lookAt(folder: string): KnownJob | undefined {
    if (dirname(folder) === jobsFolder(this.resultsRoot) && !this.requested.in(folder))
      this.requested.learn(basename(folder));
    const followed = this.followed.get(folder) ?? this.follow(folder, true);
    if (this.look(followed)) this.tell();
    return followed.known;
  }

  /** The same where the folder's long log may have been read by somebody earlier. Its rest is read in the background. */
  async learn(folder: string): Promise<KnownJob | undefined> {
    this.learning += 1;
    try {
      if (!this.followed.has(folder)) {
        const kept = await keptLog(folder);
        if (!this.followed.has(folder)) this.follow(folder, !this.isFirstScan, kept);
      }
      await this.turn();
      return this.lookAt(folder);
    } finally {
      this.learning -= 1;
      this.askedAt = performance.now();
      if (this.behind.size > 0) this.readOnLater();
    }
  }

  dispose(): void {
    this.isDisposed = true;
  }

  private async scanAll(): Promise<void> {
    const folders = new Set<string>();
    const problems: StoreProblem[] = [];
    for (const found of walkFoldFolders(this.resultsRoot)) {
      if ('fold' in found) folders.add(found.fold);
      else problems.push({ where: found.unreadable, message: found.message });
      await breathe();
    }
    for (const problem of this.requested.scan()) {
      if (problem) problems.push(problem);
      await breathe();
    }
    for (const folder of this.requested.otherFolders) folders.add(folder);
    let isDifferent = JSON.stringify(problems) !== JSON.stringify(this.unreadable);
    this.unreadable = problems;
    for (const folder of folders) {
      if (this.isDisposed) return;
      const kept = this.followed.has(folder) ? undefined : await keptLog(folder);
      const followed = this.followed.get(folder) ?? this.follow(folder, !this.isFirstScan, kept);
      await this.turn();
      isDifferent = followed.describeAs(this.describe(folder)) || isDifferent;
      isDifferent = this.look(followed) || isDifferent;
    }
    for (const folder of this.followed.keys()) {
      if (folders.has(folder) || fs.existsSync(folder)) continue;
      this.forget(folder);
      isDifferent = true;
    }
    this.isFirstScan = false;
    if (isDifferent) this.tell();
    this.readOnLater();
  }

  private follow(folder: string, isNews: boolean, kept?: ReadLog): FollowedJob {
    const followed = new FollowedJob(this.describe(folder), isNews, kept);
    this.followed.set(folder, followed);
    this.order = undefined;
    return followed;
  }

  private describe(folder: string): JobDescription {
    const job = this.requested.in(folder);
    if (job && job.kind !== 'train')
      return { id: job.id, jobId: job.id, kind: job.kind, title: job.title, folder, job };
    return { ...describeFolder(this.resultsRoot, folder), ...(job && { jobId: job.id, job }) };
  }

  /** Takes in a slice of a job's log at most, and tells what it says. @returns whether anything is different */
  private look(followed: FollowedJob): boolean {
    const { isDifferent, news, hasBegun, hasEnded } = followed.look();
    if (isDifferent) this.listed = undefined;
    if (followed.isBehind) this.behind.add(followed);
    else this.behind.delete(followed);
    const { known, folder } = followed;
    if (!known) this.drop(folder);
    if (known && hasBegun) this.on.began?.(known);
    for (const event of news) this.on.event?.(folder, event);
    if (known && hasEnded) this.on.ended?.(known);
    return isDifferent;
  }

  private readOn(): Promise<void> {
    this.readingOn ??= this.readAllOn().finally(() => (this.readingOn = undefined));
    return this.readingOn;
  }

  private readOnLater(): void {
    // Nothing is thrown here but by listeners, and that comes again with the next look.
    this.readOn().catch(() => undefined);
  }

  /** What runs comes first, then the latest. */
  private async readAllOn(): Promise<void> {
    let toldAt = performance.now();
    for (;;) {
      const next = [...this.behind].sort(moreUrgentFirst)[0];
      if (!next || this.isDisposed) break;
      while (this.behind.has(next) && !this.isDisposed) {
        // How every job does now comes before how it came to that.
        while (this.isAsked) await sleep(shortWaitMilliseconds);
        await this.turn();
        this.look(next);
      }
      if (this.behind.size > 0 && performance.now() - toldAt < tellMilliseconds) continue;
      toldAt = performance.now();
      this.tell();
    }
    await this.keep();
  }

  private get isAsked(): boolean {
    return this.scanning !== undefined || this.learning > 0 || performance.now() - this.askedAt < quietMilliseconds;
  }

  /** Whoever looks at a folder waits for one, so that other work is done between two looks, however many want to know. */
  private turn(): Promise<unknown> {
    this.lastTurn = this.lastTurn.then(() => breathe());
    return this.lastTurn;
  }

  /** Opening the same folder again shall not read long logs again. */
  private async keep(): Promise<void> {
    let hasKept = false;
    for (const followed of [...this.followed.values()]) {
      const log = this.isDisposed ? undefined : followed.takeWorthKeeping();
      if (log) hasKept = (await keepLog(followed.folder, log)) || hasKept;
    }
    if (hasKept) await sweepKeptLogs();
  }

  /** A folder deleted while its job was going on: the job is lost, and said to be. */
  private forget(folder: string): void {
    const known = this.followed.get(folder)?.known;
    this.behind.delete(this.followed.get(folder)!);
    this.drop(folder);
    if (known?.status.state !== 'running') return;
    const error = {
      code: 'folder-deleted',
      message: 'The folder of the run was deleted',
      hint: 'Train again.',
      where: folder,
    };
    this.on.ended?.({ ...known, status: { ...known.status, state: 'failed', error } });
  }

  private drop(folder: string): void {
    this.followed.delete(folder);
    this.order = undefined;
    this.listed = undefined;
  }

  private tell(): void {
    this.listed = undefined;
    this.on.changed?.();
  }
}

const byName = new Intl.Collator('en', { numeric: true });

function moreUrgentFirst({ known: a }: FollowedJob, { known: b }: FollowedJob): number {
  const [first, second] = [a, b].map((job) => (job?.status.state === 'running' ? 1 : 0));
  return second! - first! || (b?.status.updatedAt ?? '').localeCompare(a?.status.updatedAt ?? '');
}
