/** Starts, queues, finds and follows trainings for the whole extension. The runs themselves are processes of their own. */
import * as fs from 'node:fs';
import * as vscode from 'vscode';
import { RunError } from '../../method/errors';
import { requireEngine } from '../../pipeline/requireEngine';
import type { RunEvent } from '../../protocol/events';
import { killRun, requestStop } from '../../jobs/control';
import { launchRun } from '../../jobs/launch';
import { activeHolder } from '../../dataset/foldLock';
import { withPreviousStage } from '../../jobs/previousStage';
import * as queue from '../../jobs/queue';
import { foldFolder, sharedFolder, type RunRequest } from '../../jobs/runFolder';
import type { RunCenter, StartedRuns } from '../services';
import { errorText } from '../messages';
import { QueueState } from './queueState';
import { RunWatcher, type KnownRun } from '../../jobs/runWatcher';

const pollMilliseconds = 400;
/** The file watcher tells of most changes at once; this finds what it missed, e.g. on network disks. */
const scanMilliseconds = 15_000;

export interface RunCenterOptions {
  resultsRoot(): string;
  onDidChangeRoots: vscode.Event<unknown>;
  runnerScript: string;
  output: vscode.LogOutputChannel;
}

export function createRunCenter(options: RunCenterOptions): RunCenter {
  return new FileRunCenter(options);
}

class FileRunCenter implements RunCenter {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly events = new vscode.EventEmitter<{ folder: string; event: RunEvent }>();
  private readonly began = new vscode.EventEmitter<KnownRun>();
  private readonly ended = new vscode.EventEmitter<KnownRun>();
  readonly onDidChange = this.changed.event;
  readonly onEvent = this.events.event;
  readonly onDidBegin = this.began.event;
  private readonly startedHere = new vscode.EventEmitter<StartedRuns>();
  readonly onDidEnd = this.ended.event;
  readonly onDidStart = this.startedHere.event;

  private watcher: RunWatcher;
  private fileWatcher: vscode.Disposable | undefined;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private soon: NodeJS.Timeout | undefined;
  private readonly waiting: QueueState;

  constructor(private readonly options: RunCenterOptions) {
    this.waiting = new QueueState((error) => options.output.error(errorText(error)));
    this.watcher = this.createWatcher();
    this.subscriptions.push(options.onDidChangeRoots(() => this.changeRoot()));
    this.timers.push(
      setInterval(() => this.guard(() => this.poll()), pollMilliseconds),
      setInterval(() => this.lookAround(), scanMilliseconds),
    );
    // After activation, which only registers.
    this.lookAroundSoon();
  }

  get resultsRoot(): string {
    return this.watcher.resultsRoot;
  }

  get runs(): readonly KnownRun[] {
    return this.watcher.runs;
  }

  get(folder: string): KnownRun | undefined {
    return this.watcher.get(folder);
  }

  get queue(): readonly queue.QueueEntry[] {
    return this.waiting.entries;
  }

  async start(requests: readonly RunRequest[], { isQuiet = false } = {}): Promise<StartedRuns> {
    for (const request of requests) {
      const holder = activeHolder(foldFolder(request));
      if (!holder) continue;
      throw new RunError('run-active', `Fold ${request.fold} of ${request.configuration} is being trained already`, {
        where: `process ${holder.pid} on ${holder.host}`,
        hint: 'Wait for it, or stop it first.',
      });
    }
    for (const device of new Set(requests.map(({ options }) => options.device))) await requireEngine(device);
    this.waiting.look(this.resultsRoot);
    const entries = await queue.enqueue(this.resultsRoot, await this.withoutThoseUnderWay(requests));
    this.showQueue();
    await this.startWaiting();
    const waiting = new Map(this.queue.map((entry) => [entry.id, entry]));
    const failed = entries.map(({ id }) => waiting.get(id)).find((entry) => entry?.failure);
    if (failed) {
      // The person who asked is told now: nothing needs to stay in the list for that.
      await queue.removeFromQueue(
        this.resultsRoot,
        entries.filter(({ id }) => waiting.get(id)?.failure).map(({ id }) => id),
      );
      this.showQueue();
      const { code, message, hint } = failed.failure!;
      throw new RunError(code, message, { hint });
    }
    const folderOf = (entry: queue.QueueEntry): string => foldFolder(entry.request);
    const result = {
      started: entries.filter(({ id }) => !waiting.has(id)).map(folderOf),
      queued: entries.filter(({ id }) => waiting.has(id)).map(folderOf),
      isQuiet,
    };
    this.startedHere.fire(result);
    return result;
  }

  /** A cascade's first stage is added before it, except what runs or waits already. */
  private async withoutThoseUnderWay(requests: readonly RunRequest[]): Promise<RunRequest[]> {
    const asked = new Set(requests.map(foldFolder));
    const waiting = new Set(this.queue.filter(({ failure }) => !failure).map(({ request }) => foldFolder(request)));
    return (await withPreviousStage(requests)).filter((request) => {
      const folder = foldFolder(request);
      return asked.has(folder) || !(waiting.has(folder) || activeHolder(folder));
    });
  }

  stop(folder: string, options?: { validate?: boolean }): void {
    requestStop(folder, options);
  }

  kill(folder: string): void {
    killRun(folder);
    this.lookAroundSoon();
  }

  async moveInQueue(id: string, places: number): Promise<void> {
    await queue.moveInQueue(this.resultsRoot, id, places);
    this.showQueue();
  }

  async removeFromQueue(ids: readonly string[]): Promise<void> {
    await queue.removeFromQueue(this.resultsRoot, ids);
    this.showQueue();
  }

  async retryInQueue(id: string): Promise<void> {
    await queue.retryInQueue(this.resultsRoot, id);
    this.showQueue();
    await this.startWaiting();
  }

  async refresh(): Promise<void> {
    await this.watcher.scan();
    this.watchFiles();
    if (this.waiting.look(this.resultsRoot)) this.changed.fire();
    await this.startWaiting();
  }

  dispose(): void {
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.soon);
    this.fileWatcher?.dispose();
    for (const one of [...this.subscriptions, this.changed, this.events, this.began, this.ended, this.startedHere])
      one.dispose();
  }

  /** The queue is read here only while somebody waits: where no watcher tells of changes, their turn is seen all the same. */
  private poll(): void {
    if (this.queue.length > 0 && this.waiting.look(this.resultsRoot)) this.changed.fire();
    this.watcher.poll();
  }

  /** After a change of the queue. */
  private showQueue(): void {
    this.waiting.look(this.resultsRoot);
    this.changed.fire();
  }

  private async startWaiting(): Promise<void> {
    if (!vscode.workspace.isTrusted || this.queue.length === 0) return;
    const started = await queue.startWaiting(this.resultsRoot, (request) =>
      launchRun(request, this.options.runnerScript),
    );
    for (const { folder } of started) this.watcher.lookAt(folder);
    // What could not start is in the list with its reason.
    if (this.waiting.look(this.resultsRoot) || started.length > 0) this.changed.fire();
  }

  private createWatcher(): RunWatcher {
    return new RunWatcher(this.options.resultsRoot(), {
      changed: () => this.changed.fire(),
      event: (folder, event) => this.events.fire({ folder, event }),
      began: (run) => this.began.fire(run),
      ended: (run) => {
        this.ended.fire(run);
        // Its runner starts the next one in the queue; if it was killed, somebody else has to.
        this.lookAroundSoon(2000);
      },
    });
  }

  private changeRoot(): void {
    if (this.options.resultsRoot() === this.resultsRoot) return;
    this.fileWatcher?.dispose();
    this.fileWatcher = undefined;
    this.watcher = this.createWatcher();
    this.showQueue();
    this.lookAroundSoon();
  }

  private lookAroundSoon(milliseconds = 300): void {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.lookAround(), milliseconds);
  }

  private lookAround(): void {
    this.guard(() => this.refresh());
  }

  private guard(action: () => void | Promise<void>): void {
    const report = (error: unknown): void => this.options.output.error(errorText(error));
    try {
      Promise.resolve(action()).catch(report);
    } catch (error) {
      report(error);
    }
  }

  /** Runs of other windows and terminals appear at once where the system tells of new files. */
  private watchFiles(): void {
    if (this.fileWatcher || !fs.existsSync(this.resultsRoot)) return;
    const pattern = new vscode.RelativePattern(vscode.Uri.file(this.resultsRoot), '**/{run.lock,queue.json}');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, false);
    const queueWatcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(sharedFolder(this.resultsRoot)), 'queue.json'),
    );
    const look = (): void => this.lookAroundSoon();
    const show = (): void => {
      if (this.waiting.look(this.resultsRoot)) this.changed.fire();
    };
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
