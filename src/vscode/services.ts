/** What every part of the extension is given: settings, the live model of the datasets, the runs, the log. */
import type * as vscode from 'vscode';
import type { RunEvent } from '../protocol/events';
import type { Roots } from '../dataset/roots';
import type { Starter } from '../jobs/advance';
import type { StopOptions } from '../jobs/control';
import type { AnyJob, Waiting } from '../jobs/job';
import type { WaitingJob } from '../jobs/waiting';
import type { RunRequest } from '../jobs/runFolder';
import type { Catalog } from './catalog/catalog';
import type { KnownJob, KnownTraining, StoreProblem } from '../jobs/knownJob';

export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly extensionUri: vscode.Uri;
  /** nnU-Net's three roots, as settings, environment and workspace folders give them now, of the place where new things go; nothing is created. */
  roots(): Roots;
  /** The same of the place that holds one of these paths, where the workspace has several. */
  rootsOf(...paths: string[]): Roots;
  readonly onDidChangeRoots: vscode.Event<readonly Roots[]>;
  /** Cheap live model of datasets, configurations, folds and runs; follows the files. */
  readonly catalog: Catalog;
  /** With what jobs are started: one, since it remembers what a scheduler said just now. */
  readonly starter: Starter;
  /** Starts, queues and follows jobs. */
  readonly runs: RunCenter;
  readonly output: vscode.LogOutputChannel;
  /** A file of the built extension, e.g. distFile('cli.js'). */
  distFile(name: string): string;
}

/** Fold folders of what was asked for: begun, or waiting for a device. */
export interface StartedRuns {
  started: string[];
  queued: string[];
  /** Their course is shown elsewhere already: no notification of progress. */
  isQuiet?: boolean;
  /** They are parts of one work, whose end is told by whoever asked for it: of each only what went wrong is said. */
  areParts?: boolean;
}

/** Implemented by tasks/runCenter.ts; what other parts rely on. */
export interface RunCenter extends vscode.Disposable {
  /** Runs began, ended or went on, or the queue changed. */
  readonly onDidChange: vscode.Event<void>;
  /** Every event of every run while it is followed, in order. */
  readonly onEvent: vscode.Event<{ folder: string; event: RunEvent }>;
  /** A run began, in whichever window or terminal; not fired for those found going on at the start. */
  readonly onDidBegin: vscode.Event<KnownTraining>;
  readonly onDidEnd: vscode.Event<KnownTraining>;
  /** The same of work of every other kind. */
  readonly onDidEndWork: vscode.Event<KnownJob>;
  /** Somebody in this window asked for runs. */
  readonly onDidStart: vscode.Event<StartedRuns>;
  /** Of every kind, below every results root of the window, and those that belong to none. */
  readonly jobs: readonly KnownJob[];
  /** The trainings among them, by dataset, model and fold. */
  readonly runs: readonly KnownTraining[];
  /** What can't be read, so that jobs may be missing. */
  readonly problems: readonly StoreProblem[];
  get(foldFolder: string): KnownTraining | undefined;
  /** @param folder  where its log lies: a training's fold folder */
  job(folder: string): KnownJob | undefined;
  /** The same once its log was looked at now. */
  look(folder: string): KnownJob | undefined;
  /** The same for whoever shows many: a long log is read in the background. */
  learn(folder: string): Promise<KnownJob | undefined>;
  /** What waits, in order. */
  readonly queue: readonly WaitingJob[];
  /** What one of these waits for; undefined until the machine was looked at. */
  why(id: string): Waiting | undefined;
  /** Of any job. */
  titleOf(id: string): string;
  /** Starts what has a free device; the rest waits in the queue. @throws NnunetError for what could not start */
  start(requests: readonly RunRequest[], options?: { isQuiet?: boolean }): Promise<StartedRuns>;
  /** Asks for trainings and what comes after them as one work. @throws NnunetError for what could not start: then nothing is asked for */
  startGraph(resultsRoot: string, jobs: readonly AnyJob[]): Promise<StartedRuns>;
  /** Asks a job to end in order: a training saves and, unless told otherwise, validates. */
  stop(folder: string, options?: StopOptions): void;
  /** Ends its processes at once, on a cluster by way of that. @throws NnunetError where they can't be reached */
  kill(folder: string): Promise<void>;
  /** Asks for a job again that did not end well. @throws NnunetError where it can't be, or could not start */
  retry(job: KnownJob): Promise<void>;
  moveInQueue(id: string, places: number): Promise<void>;
  removeFromQueue(ids: readonly string[]): Promise<void>;
  retryInQueue(id: string): Promise<void>;
  /** Looks at the files now. */
  refresh(): Promise<void>;
}

/** Each part is a function of this shape; extension.ts calls them in turn. */
export type RegisterPart = (services: Services) => vscode.Disposable;
