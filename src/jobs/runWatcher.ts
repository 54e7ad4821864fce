/** Knows every run below a results root and follows those that are going on, whoever started them: this window, another one or a terminal. */
import * as fs from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import type { RunEvent } from '../protocol/events';
import { epochsKept } from './epochs';
import { EventReader, eventsFile } from './events';
import { describeFolder, foldFolders, type ListedRun } from './list';
import { activeHolder } from '../dataset/foldLock';
import { runStatus } from './jobLog';
import { applyEvent, statusOfOurs, type RunProgress } from './status';

export interface KnownRun extends ListedRun {
  /** EMA Dice of each epoch so far: the sparkline's curve. */
  diceCurve: (number | null)[];
}

export interface WatcherEvents {
  /** Something in `runs` is different. */
  changed(): void;
  /** Everything that runs say while they are followed, in order; not what they had said before. */
  event(folder: string, event: RunEvent): void;
  began(run: KnownRun): void;
  ended(run: KnownRun): void;
}

interface Followed {
  run: KnownRun;
  reader: EventReader;
  /** Of the reader's, how many are known. */
  replacements: number;
  progress: RunProgress;
  /** Which file the reader reads: a new training in the same folder has another one. */
  file: string;
}

export class RunWatcher {
  private readonly followed = new Map<string, Followed>();
  private scanning: Promise<void> | undefined;
  private isFirstScan = true;

  constructor(
    readonly resultsRoot: string,
    private readonly on: WatcherEvents,
  ) {}

  /** By dataset, model and fold. */
  get runs(): KnownRun[] {
    return [...this.followed.values()].map(({ run }) => run);
  }

  get active(): KnownRun[] {
    return this.runs.filter(({ status }) => status.state === 'running');
  }

  get(folder: string): KnownRun | undefined {
    return this.followed.get(folder)?.run;
  }

  /** Looks at all fold folders: new ones, gone ones, and those that began or ended. */
  scan(): Promise<void> {
    this.scanning ??= this.scanAll().finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  /** Reads on in the runs that are going on. */
  poll(): void {
    let changed = false;
    for (const { folder } of this.active) changed = this.look(folder, true) || changed;
    if (changed) this.on.changed();
  }

  /** Looks at one folder now, before the next scan: a run was just started there. */
  lookAt(folder: string): void {
    if (this.look(folder, true)) this.on.changed();
  }

  private async scanAll(): Promise<void> {
    const folders = foldFolders(this.resultsRoot);
    const isLive = !this.isFirstScan;
    let changed = false;
    for (const folder of folders) {
      do {
        changed = this.look(folder, isLive) || changed;
        await breathe();
      } while (this.followed.get(folder)?.reader.hasMore);
    }
    for (const folder of this.followed.keys()) {
      if (folders.includes(folder) || fs.existsSync(folder)) continue;
      this.forget(folder);
      changed = true;
    }
    this.isFirstScan = false;
    if (changed) this.on.changed();
  }

  /** Takes in a slice of a folder's log at most. @returns whether anything is different */
  private look(folder: string, isLive: boolean): boolean {
    // Before reading: what a run wrote before it let go of the folder is then certainly read.
    const holder = activeHolder(folder);
    const file = identityOfFile(eventsFile(folder));
    let followed = this.followed.get(folder);
    const isKnown = followed !== undefined;
    if (!followed || followed.file !== file) {
      if (!holder && file === '') return this.lookAtForeignRun(folder);
      followed = this.follow(folder, file);
    }
    const before = isKnown ? followed.run.status.state : undefined;
    const wasStopping = followed.run.status.isStopping;
    const events = followed.reader.read();
    if (followed.reader.replacements > followed.replacements) forgetLog(followed);
    for (const event of events) {
      followed.progress = applyEvent(followed.progress, event);
      addToCurve(followed.run.diceCurve, event);
    }
    const isWhole = !followed.reader.hasMore;
    // What a log says in its middle is not how its run ended.
    if (holder || isWhole) followed.run.status = statusOfOurs(folder, followed.progress, holder);
    const { state, isStopping } = followed.run.status;
    if (isLive) {
      if (state === 'running' && before !== 'running') this.on.began(followed.run);
      for (const event of events) this.on.event(folder, event);
      // A short run may begin and end between two looks.
      if (isWhole && state !== 'running' && (before === 'running' || (events.length > 0 && file !== '')))
        this.on.ended(followed.run);
    }
    return events.length > 0 || before !== state || wasStopping !== isStopping || !isKnown;
  }

  private follow(folder: string, file: string): Followed {
    const description = describeFolder(this.resultsRoot, folder);
    const run: KnownRun = {
      ...description,
      status: this.followed.get(folder)?.run.status ?? { state: 'interrupted' },
      diceCurve: [],
    };
    const followed: Followed = {
      run,
      reader: new EventReader(eventsFile(folder)),
      progress: {},
      file,
      replacements: 0,
    };
    this.followed.set(folder, followed);
    return followed;
  }

  /** A fold that nnU-Net itself trained, or an empty folder. */
  private lookAtForeignRun(folder: string): boolean {
    const status = runStatus(folder);
    const before = this.followed.get(folder)?.run.status;
    if (!status) return this.followed.delete(folder);
    if (before?.state === status.state && before.updatedAt === status.updatedAt) return false;
    this.follow(folder, '').run.status = status;
    return true;
  }

  /** A folder deleted while its run was going on: the run is lost, and said to be. */
  private forget(folder: string): void {
    const run = this.followed.get(folder)?.run;
    this.followed.delete(folder);
    if (run?.status.state !== 'running') return;
    run.status = {
      ...run.status,
      state: 'failed',
      error: {
        code: 'folder-deleted',
        message: 'The folder of the run was deleted',
        hint: 'Train again.',
        where: folder,
      },
    };
    this.on.ended(run);
  }
}

/** Another run writes into the same file. */
function forgetLog(followed: Followed): void {
  followed.replacements = followed.reader.replacements;
  followed.progress = {};
  followed.run.diceCurve.length = 0;
}

/** A resumed training may repeat epochs that were lost with the latest checkpoint: the later value counts. */
function addToCurve(curve: (number | null)[], event: RunEvent): void {
  curve.length = Math.min(curve.length, epochsKept(event) ?? Infinity);
  if (event.type !== 'epoch') return;
  while (curve.length < event.epoch) curve.push(null);
  curve.push(event.emaDice);
}

function identityOfFile(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.birthtimeMs}` : '';
}
