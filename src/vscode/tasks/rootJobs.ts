/** What runs and what waits below one results root, kept up to date in this window; what can start is started. */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { RunEvent } from '../../protocol/events';
import { advance, type Starter } from '../../jobs/advance';
import { graphFile } from '../../jobs/graphFile';
import type { LauncherName, Waiting } from '../../jobs/job';
import { workFolder } from '../../jobs/jobFolder';
import type { KnownJob } from '../../jobs/knownJob';
import { lookAtMachine } from '../../jobs/machine';
import { sharedFolder } from '../../jobs/runFolder';
import { JobStore } from '../../jobs/store';
import { whyAllWait } from '../../jobs/turns';
import { titleOfJob } from '../../jobs/waitForTurn';

interface RootListeners {
  changed(): void;
  event(folder: string, event: RunEvent): void;
  began(job: KnownJob): void;
  ended(job: KnownJob): void;
  /** The files tell of something new: to be looked at soon. */
  news(): void;
}

export class RootJobs implements vscode.Disposable {
  readonly store: JobStore;
  private reasons: ReadonlyMap<string, Waiting> = new Map();
  private fileWatcher: vscode.Disposable | undefined;

  constructor(
    readonly resultsRoot: string,
    private readonly starter: Starter,
    private readonly on: RootListeners,
  ) {
    this.store = new JobStore(resultsRoot, {
      changed: () => on.changed(),
      event: (folder, event) => on.event(folder, event),
      began: (job) => on.began(job),
      ended: (job) => on.ended(job),
    });
  }

  /** What one of those that wait waits for; undefined until the machine was looked at. */
  why(id: string): Waiting | undefined {
    return this.reasons.get(id);
  }

  titleOf(id: string): string | undefined {
    const waiting = this.store.waiting.find(({ job }) => job.id === id);
    return waiting?.job.title ?? this.store.byId(id)?.title;
  }

  /** For words about what others wait for, whatever became of it. */
  anyTitleOf(id: string): string {
    return this.titleOf(id) ?? titleOfJob(this.resultsRoot, id);
  }

  /** The queue is read here only while somebody waits: where no watcher tells of changes, their turn is seen all the same. */
  poll(): void {
    if (this.store.waiting.length > 0) this.lookAtWaiting();
    this.store.poll();
  }

  lookAtWaiting(): void {
    if (this.store.lookAtWaiting()) this.on.changed();
  }

  async refresh(): Promise<void> {
    await this.store.scan();
    this.watchFiles();
    this.lookAtWaiting();
    await this.startWaiting();
  }

  async startWaiting(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const started = await advance(this.resultsRoot, this.starter);
    for (const { job } of started) this.store.lookAt(workFolder(this.resultsRoot, job));
    // What could not start is in the list with its reason.
    const isDifferent = this.store.lookAtWaiting() || started.length > 0;
    if ((await this.findReasons()) || isDifferent) this.on.changed();
  }

  dispose(): void {
    this.fileWatcher?.dispose();
    this.store.dispose();
  }

  /** @returns whether they are others */
  private async findReasons(): Promise<boolean> {
    const { waiting } = this.store;
    const before = JSON.stringify([...this.reasons]);
    const names = Object.keys(this.starter.launchers) as LauncherName[];
    this.reasons =
      waiting.length > 0
        ? whyAllWait(waiting, await lookAtMachine(this.resultsRoot, names))
        : new Map<string, Waiting>();
    return JSON.stringify([...this.reasons]) !== before;
  }

  /** Runs of other windows and terminals appear at once where the system tells of new files. */
  private watchFiles(): void {
    if (this.fileWatcher || !fs.existsSync(this.resultsRoot)) return;
    const watch = (folder: string, pattern: string, ignoresChanges: boolean): vscode.FileSystemWatcher =>
      vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(vscode.Uri.file(folder), pattern),
        false,
        ignoresChanges,
        false,
      );
    const watcher = watch(this.resultsRoot, '**/{run.lock,graph.json}', true);
    const queueWatcher = watch(sharedFolder(this.resultsRoot), basename(graphFile(this.resultsRoot)), false);
    const look = (): void => this.on.news();
    const show = (): void => this.lookAtWaiting();
    this.fileWatcher = vscode.Disposable.from(
      watcher,
      queueWatcher,
      watcher.onDidCreate(look),
      watcher.onDidDelete(look),
      queueWatcher.onDidCreate(show),
      queueWatcher.onDidChange(show),
      queueWatcher.onDidDelete(show),
    );
  }
}
