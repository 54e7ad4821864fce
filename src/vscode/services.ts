/** What every part of the extension is given: settings, the live model of the datasets, the runs, the log. */
import type * as vscode from 'vscode';
import type { RunEvent } from '../protocol/events';
import type { Roots } from '../dataset/roots';
import type { WaitingJob } from '../jobs/waiting';
import type { RunRequest } from '../jobs/runFolder';
import type { Catalog } from './catalog/catalog';
import type { KnownTraining } from '../jobs/knownJob';
import type { JobStore } from '../jobs/store';

export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly extensionUri: vscode.Uri;
  /** nnU-Net's three roots as settings, environment and workspace folder give them now; nothing is created. */
  roots(): Roots;
  readonly onDidChangeRoots: vscode.Event<Roots>;
  /** Cheap live model of datasets, configurations, folds and runs; follows the files. */
  readonly catalog: Catalog;
  /** Starts, queues and follows trainings. */
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
  /** Somebody in this window asked for runs. */
  readonly onDidStart: vscode.Event<StartedRuns>;
  readonly resultsRoot: string;
  /** Every run below the results root, by dataset, model and fold. */
  readonly runs: readonly KnownTraining[];
  get(foldFolder: string): KnownTraining | undefined;
  /** What is known of all jobs, by their logs. */
  readonly store: JobStore;
  /** What waits, in order. */
  readonly queue: readonly WaitingJob[];
  /** Starts what has a free device; the rest waits in the queue. @throws NnunetError for what could not start */
  start(requests: readonly RunRequest[], options?: { isQuiet?: boolean }): Promise<StartedRuns>;
  /** Asks a run to end in order: it saves and, unless told otherwise, validates. */
  stop(foldFolder: string, options?: { validate?: boolean }): void;
  kill(foldFolder: string): void;
  moveInQueue(id: string, places: number): Promise<void>;
  removeFromQueue(ids: readonly string[]): Promise<void>;
  retryInQueue(id: string): Promise<void>;
  /** Looks at the files now. */
  refresh(): Promise<void>;
}

/** Each part is a function of this shape; extension.ts calls them in turn. */
export type RegisterPart = (services: Services) => vscode.Disposable;
