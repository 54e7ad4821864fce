/** What every part of the extension is given: settings, the live model of the datasets, the runs, the log. */
import type * as vscode from 'vscode';
import type { RunEvent } from '../protocol/events';
import type { Roots } from '../dataset/roots';
import type { Catalog } from './explorer/catalog';

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

/** Implemented by tasks/runCenter.ts; what other parts rely on. */
export interface RunCenter extends vscode.Disposable {
  /** Runs began, ended or changed their state, or the queue changed. */
  readonly onDidChange: vscode.Event<void>;
  /** Every event of every run that is followed, in order. */
  readonly onEvent: vscode.Event<{ folder: string; event: RunEvent }>;
}

/** Each part is a function of this shape; extension.ts calls them in turn. */
export type RegisterPart = (services: Services) => vscode.Disposable;
