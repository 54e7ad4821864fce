/** Starts, queues, finds and follows jobs for the whole extension, wherever they lie. The jobs themselves are processes of their own. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { activeHolder } from '../../dataset/foldLock';
import { again } from '../../jobs/again';
import type { Starter } from '../../jobs/advance';
import { requestStop, type StopOptions } from '../../jobs/control';
import type { AnyJob, Waiting } from '../../jobs/job';
import { userJobsRoot, workFolder } from '../../jobs/jobFolder';
import type { KnownJob, KnownTraining, StoreProblem } from '../../jobs/knownJob';
import { killJob } from '../../jobs/killJob';
import { foldFolder, type RunRequest } from '../../jobs/runFolder';
import { submitHere } from '../../jobs/submitHere';
import { takeOff } from '../../jobs/takeOff';
import { trainingJobs } from '../../jobs/trainingJobs';
import { moveWaiting, retryWaiting, type WaitingJob } from '../../jobs/waiting';
import { RunError } from '../../method/errors';
import { requireEngine } from '../../pipeline/requireEngine';
import type { RunEvent } from '../../protocol/events';
import { errorText } from '../messages';
import type { RunCenter, StartedRuns } from '../services';
import { chosenLauncher } from '../settings';
import { RootJobs } from './rootJobs';

const pollMilliseconds = 500;
/** The file watcher tells of most changes at once; this finds what it missed, e.g. on network disks. */
const scanMilliseconds = 15_000;

interface RunCenterOptions {
  /** The first is where trainings of datasets elsewhere are noted. */
  resultsRoots(): readonly string[];
  onDidChangeRoots: vscode.Event<unknown>;
  starter: Starter;
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
  private readonly endedWork = new vscode.EventEmitter<KnownJob>();
  readonly onDidEndWork = this.endedWork.event;
  private readonly startedHere = new vscode.EventEmitter<StartedRuns>();
  readonly onDidEnd = this.ended.event;
  readonly onDidStart = this.startedHere.event;

  private roots: RootJobs[] = [];
  /** Where jobs lie that belong to no results folder. */
  private ownRoot: string | undefined;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private soon: NodeJS.Timeout | undefined;

  constructor(private readonly options: RunCenterOptions) {
    this.takeRoots();
    this.subscriptions.push(options.onDidChangeRoots(() => this.changeRoots()));
    this.timers.push(
      setInterval(() => this.guard(() => this.roots.forEach((root) => root.poll())), pollMilliseconds),
      setInterval(() => this.lookAround(), scanMilliseconds),
    );
    this.guard(async () => {
      this.ownRoot = await userJobsRoot();
      this.changeRoots();
    });
    // After activation, which only registers.
    this.lookAroundSoon();
  }

  get jobs(): readonly KnownJob[] {
    return this.roots.flatMap(({ store }) => store.jobs);
  }

  get runs(): readonly KnownTraining[] {
    return this.roots.flatMap(({ store }) => store.trainings);
  }

  get queue(): readonly WaitingJob[] {
    return this.roots.flatMap(({ store }) => store.waiting);
  }

  get problems(): readonly StoreProblem[] {
    return this.roots.flatMap(({ store }) => store.problems);
  }

  job(folder: string): KnownJob | undefined {
    return this.rootOf(folder)?.store.get(folder);
  }

  get(folder: string): KnownTraining | undefined {
    return trainingOf(this.job(folder));
  }

  look(folder: string): KnownJob | undefined {
    return (this.rootOf(folder) ?? this.main)?.store.lookAt(folder);
  }

  async learn(folder: string): Promise<KnownJob | undefined> {
    return (this.rootOf(folder) ?? this.main)?.store.learn(folder);
  }

  why(id: string): Waiting | undefined {
    return this.waitsIn(id)?.why(id);
  }

  titleOf(id: string): string {
    const root = this.roots.find((one) => one.titleOf(id) !== undefined) ?? this.main;
    return root?.anyTitleOf(id) ?? `job ${id}`;
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
    const result: StartedRuns = { started: [], queued: [], isQuiet };
    for (const [root, some] of this.byRoot(requests)) {
      const jobs = await trainingJobs(root.resultsRoot, some, { ...where, window: vscode.env.sessionId });
      const { started, queued } = await this.submit(root, jobs);
      result.started.push(...started);
      result.queued.push(...queued);
    }
    this.startedHere.fire(result);
    return result;
  }

  async startGraph(resultsRoot: string, jobs: readonly AnyJob[]): Promise<StartedRuns> {
    const root = this.roots.find((one) => one.resultsRoot === resultsRoot) ?? this.main;
    if (!root) return { started: [], queued: [] };
    const { started, queued } = await this.submit(root, jobs);
    const trainings = new Set(jobs.flatMap((job) => (job.kind === 'train' ? [workFolder(root.resultsRoot, job)] : [])));
    const isTraining = (folder: string): boolean => trainings.has(folder);
    this.startedHere.fire({ started: started.filter(isTraining), queued: queued.filter(isTraining), areParts: true });
    return { started, queued };
  }

  async retry({ folder, title, status, job }: KnownJob): Promise<void> {
    const root = this.rootOf(folder) ?? this.main;
    if (root) await this.submit(root, [again({ folder, title, job, state: status.state })]);
  }

  /** @throws NnunetError why one of them could not be started: then none of them stays in the list */
  private async submit(root: RootJobs, jobs: readonly AnyJob[]): Promise<Pick<StartedRuns, 'started' | 'queued'>> {
    try {
      const submitted = await submitHere(root.resultsRoot, jobs, this.options.starter);
      const foldersOf = (wanted: 'started' | 'waiting'): string[] =>
        submitted.flatMap(({ job, state }) => (state === wanted ? [workFolder(root.resultsRoot, job)] : []));
      const result = { started: foldersOf('started'), queued: foldersOf('waiting') };
      for (const folder of result.started) root.store.lookAt(folder);
      return result;
    } finally {
      this.showQueue(root);
      this.lookAroundSoon();
    }
  }

  stop(folder: string, options?: StopOptions): void {
    requestStop(folder, options);
    this.look(folder);
  }

  async kill(folder: string): Promise<void> {
    const root = this.rootOf(folder) ?? this.main;
    if (root) await killJob(root.resultsRoot, folder, this.options.starter.launchers);
    this.lookAroundSoon();
  }

  async moveInQueue(id: string, places: number): Promise<void> {
    const root = this.waitsIn(id);
    if (!root) return;
    await moveWaiting(root.resultsRoot, id, places);
    this.showQueue(root);
  }

  async removeFromQueue(ids: readonly string[]): Promise<void> {
    for (const root of this.roots) {
      const own = ids.filter((id) => this.waitsIn(id) === root);
      if (own.length === 0) continue;
      await takeOff(root.resultsRoot, own, this.options.starter.launchers);
      this.showQueue(root);
    }
  }

  async retryInQueue(id: string): Promise<void> {
    const root = this.waitsIn(id);
    if (!root) return;
    await retryWaiting(root.resultsRoot, id);
    this.showQueue(root);
    await root.startWaiting();
  }

  async refresh(): Promise<void> {
    for (const root of [...this.roots]) await root.refresh();
  }

  dispose(): void {
    for (const timer of this.timers) clearInterval(timer);
    clearTimeout(this.soon);
    for (const one of [...this.roots, ...this.subscriptions]) one.dispose();
    const { changed, events, began, ended, endedWork, startedHere } = this;
    for (const one of [changed, events, began, ended, endedWork, startedHere]) one.dispose();
  }

  /** After a change of the queue. */
  private showQueue({ store }: RootJobs): void {
    store.lookAtWaiting();
    this.changed.fire();
  }

  private get main(): RootJobs | undefined {
    return this.roots[0];
  }

  private rootOf(folder: string): RootJobs | undefined {
    return this.roots.find(({ resultsRoot }) => isBelow(folder, resultsRoot));
  }

  private waitsIn(id: string): RootJobs | undefined {
    return this.roots.find(({ store }) => store.waiting.some(({ job }) => job.id === id));
  }

  private byRoot(requests: readonly RunRequest[]): Map<RootJobs, RunRequest[]> {
    const groups = new Map<RootJobs, RunRequest[]>();
    for (const request of requests) {
      const results = dirname(request.folders.results);
      const root = this.roots.find(({ resultsRoot }) => resultsRoot === results) ?? this.main;
      if (root) groups.set(root, [...(groups.get(root) ?? []), request]);
    }
    return groups;
  }

  private changeRoots(): void {
    if (!this.takeRoots()) return;
    this.changed.fire();
    this.lookAroundSoon();
  }

  /** @returns whether they are others */
  private takeRoots(): boolean {
    const own = this.ownRoot === undefined ? [] : [this.ownRoot];
    const wanted = [...new Set([...this.options.resultsRoots(), ...own])];
    if (wanted.join('\n') === this.roots.map(({ resultsRoot }) => resultsRoot).join('\n')) return false;
    const before = this.roots;
    this.roots = wanted.map(
      (resultsRoot) => before.find((one) => one.resultsRoot === resultsRoot) ?? this.follow(resultsRoot),
    );
    for (const root of before) if (!this.roots.includes(root)) root.dispose();
    for (const root of this.roots) if (!before.includes(root)) root.store.lookAtWaiting();
    return true;
  }

  private follow(resultsRoot: string): RootJobs {
    return new RootJobs(resultsRoot, this.options.starter, {
      changed: () => this.changed.fire(),
      event: (folder, event) => this.events.fire({ folder, event }),
      began: (job) => {
        const training = trainingOf(job);
        if (training) this.began.fire(training);
      },
      ended: (job) => {
        const training = trainingOf(job);
        if (training) this.ended.fire(training);
        else this.endedWork.fire(job);
        // Its runner starts the next one in the queue; if it was killed, somebody else has to.
        this.lookAroundSoon(2000);
      },
      news: () => this.lookAroundSoon(),
    });
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
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder) && /^[\\/]/.test(path.slice(folder.length));
}

function trainingOf(job: KnownJob | undefined): KnownTraining | undefined {
  const training = job?.training;
  return training && { ...job, training };
}
