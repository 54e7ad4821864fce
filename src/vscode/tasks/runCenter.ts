/** Starts, queues, finds and follows trainings for the whole extension. The runs themselves are processes of their own. */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { RunError } from '../../method/errors';
import { requireEngine } from '../../pipeline/requireEngine';
import type { RunEvent } from '../../protocol/events';
import { advance, type Starter } from '../../jobs/advance';
import { killRun, requestStop } from '../../jobs/control';
import { graphFile } from '../../jobs/graphFile';
import { workFolder } from '../../jobs/jobFolder';
import { localLauncher } from '../../jobs/local/launch';
import { slurmLauncher } from '../../jobs/slurm/launcher';
import { submitJobs } from '../../jobs/submit';
import { takeOff } from '../../jobs/takeOff';
import { trainingJobs } from '../../jobs/trainingJobs';
import { moveWaiting, removeWaiting, retryWaiting, type WaitingJob } from '../../jobs/waiting';
import { activeHolder } from '../../dataset/foldLock';
import { foldFolder, sharedFolder, type RunRequest } from '../../jobs/runFolder';
import type { RunCenter, StartedRuns } from '../services';
import { chosenLauncher } from '../settings';
import { errorText } from '../messages';
import type { KnownJob, KnownTraining } from '../../jobs/knownJob';
import { JobStore } from '../../jobs/store';

const pollMilliseconds = 400;
/** The file watcher tells of most changes at once; this finds what it missed, e.g. on network disks. */
const scanMilliseconds = 15_000;

interface RunCenterOptions {
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
  private readonly began = new vscode.EventEmitter<KnownTraining>();
  private readonly ended = new vscode.EventEmitter<KnownTraining>();
  readonly onDidChange = this.changed.event;
  readonly onEvent = this.events.event;
  readonly onDidBegin = this.began.event;
  private readonly startedHere = new vscode.EventEmitter<StartedRuns>();
  readonly onDidEnd = this.ended.event;
  readonly onDidStart = this.startedHere.event;

  store: JobStore;
  private fileWatcher: vscode.Disposable | undefined;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private soon: NodeJS.Timeout | undefined;

  constructor(private readonly options: RunCenterOptions) {
    this.store = this.createStore();
    this.subscriptions.push(options.onDidChangeRoots(() => this.changeRoot()));
    this.timers.push(
      setInterval(() => this.guard(() => this.poll()), pollMilliseconds),
      setInterval(() => this.lookAround(), scanMilliseconds),
    );
    // After activation, which only registers.
    this.lookAroundSoon();
  }

  get resultsRoot(): string {
    return this.store.resultsRoot;
  }

  get runs(): readonly KnownTraining[] {
    return this.store.trainings;
  }

  get(folder: string): KnownTraining | undefined {
    return trainingOf(this.store.get(folder));
  }

  get queue(): readonly WaitingJob[] {
    return this.store.waiting;
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
    const where = chosenLauncher();
    const devices = where.launcher === 'local' ? new Set(requests.map(({ options }) => options.device)) : [];
    for (const device of devices) await requireEngine(device);
    const jobs = await trainingJobs(this.resultsRoot, requests, { ...where, window: vscode.env.sessionId });
    const submitted = await submitJobs(this.resultsRoot, jobs, this.starter);
    const failed = submitted.filter(({ state }) => state === 'failed');
    if (failed.length > 0) {
      // The person who asked is told now: nothing needs to stay in the list for that.
      await removeWaiting(
        this.resultsRoot,
        failed.map(({ job }) => job.id),
      );
      this.showQueue();
      const { code, message, hint, where } = failed[0]!.failure!;
      throw new RunError(code, message, { hint, where });
    }
    const foldersOf = (wanted: 'started' | 'waiting'): string[] =>
      submitted.flatMap(({ job, state }) => (state === wanted ? [workFolder(this.resultsRoot, job)] : []));
    const result = { started: foldersOf('started'), queued: foldersOf('waiting'), isQuiet };
    for (const folder of result.started) this.store.lookAt(folder);
    this.showQueue();
    this.startedHere.fire(result);
    return result;
  }

  private readonly slurm = slurmLauncher();

  private get starter(): Starter {
    return { launchers: { local: localLauncher(this.options.runnerScript), slurm: this.slurm } };
  }

  stop(folder: string, options?: { validate?: boolean }): void {
    requestStop(folder, options);
  }

  kill(folder: string): void {
    killRun(folder);
    this.lookAroundSoon();
  }

  async moveInQueue(id: string, places: number): Promise<void> {
    await moveWaiting(this.resultsRoot, id, places);
    this.showQueue();
  }

  async removeFromQueue(ids: readonly string[]): Promise<void> {
    await takeOff(this.resultsRoot, ids, this.starter.launchers);
    this.showQueue();
  }

  async retryInQueue(id: string): Promise<void> {
    await retryWaiting(this.resultsRoot, id);
    this.showQueue();
    await this.startWaiting();
  }

  async refresh(): Promise<void> {
    await this.store.scan();
    this.watchFiles();
    if (this.store.lookAtWaiting()) this.changed.fire();
    await this.startWaiting();
  }

  dispose(): void {
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.soon);
    this.fileWatcher?.dispose();
    this.store.dispose();
    for (const one of [...this.subscriptions, this.changed, this.events, this.began, this.ended, this.startedHere])
      one.dispose();
  }

  /** The queue is read here only while somebody waits: where no watcher tells of changes, their turn is seen all the same. */
  private poll(): void {
    if (this.queue.length > 0 && this.store.lookAtWaiting()) this.changed.fire();
    this.store.poll();
  }

  /** After a change of the queue. */
  private showQueue(): void {
    this.store.lookAtWaiting();
    this.changed.fire();
  }

  private async startWaiting(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const started = await advance(this.resultsRoot, this.starter);
    for (const { job } of started) this.store.lookAt(workFolder(this.resultsRoot, job));
    // What could not start is in the list with its reason.
    if (this.store.lookAtWaiting() || started.length > 0) this.changed.fire();
  }

  private createStore(): JobStore {
    return new JobStore(this.options.resultsRoot(), {
      changed: () => this.changed.fire(),
      event: (folder, event) => this.events.fire({ folder, event }),
      began: (job) => {
        const training = trainingOf(job);
        if (training) this.began.fire(training);
      },
      ended: (job) => {
        const training = trainingOf(job);
        if (training) this.ended.fire(training);
        // Its runner starts the next one in the queue; if it was killed, somebody else has to.
        this.lookAroundSoon(2000);
      },
    });
  }

  private changeRoot(): void {
    if (this.options.resultsRoot() === this.resultsRoot) return;
    this.fileWatcher?.dispose();
    this.fileWatcher = undefined;
    this.store.dispose();
    this.store = this.createStore();
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
    const pattern = new vscode.RelativePattern(vscode.Uri.file(this.resultsRoot), '**/{run.lock,graph.json}');
    const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, false);
    const queueWatcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(
        vscode.Uri.file(sharedFolder(this.resultsRoot)),
        basename(graphFile(this.resultsRoot)),
      ),
    );
    const look = (): void => this.lookAroundSoon();
    const show = (): void => {
      if (this.store.lookAtWaiting()) this.changed.fire();
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

function trainingOf(job: KnownJob | undefined): KnownTraining | undefined {
  const training = job?.training;
  return training && { ...job, training };
}
