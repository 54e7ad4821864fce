/** The terminal of a training task: starts its runs, shows them one after the other, and stops them when it is cancelled. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { readDatasetJson } from '../../dataset/rawDataset';
import { LabelManager } from '../../method/labels';
import { followJob } from '../../jobs/followJob';
import { activeHolder } from '../../dataset/foldLock';
import { readRecord, type RunRequest } from '../../jobs/runFolder';
import { runStatus } from '../../jobs/jobLog';
import { errorText } from '../messages';
import type { RunCenter } from '../services';
import { stopSoon } from './stopSoon';
import { paint, stoppingText, TerminalText } from './terminalText';

interface TrainingTerminalOptions {
  runs: RunCenter;
  /** Starts the runs, or finds those to follow; fold folders in order. */
  begin(): Promise<{ folders: string[] }>;
  /** Whether closing the terminal ends the runs: true for a task, false where somebody only watches. */
  ownsRuns: boolean;
}

export class TrainingTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;

  private readonly end = new AbortController();
  private columns = 100;
  private text = new TerminalText({ classNames: [], folder: '' });
  private folders: string[] = [];
  private current: string | undefined;
  private interrupts = 0;
  private hasEnded = false;

  constructor(private readonly options: TrainingTerminalOptions) {}

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.setDimensions(dimensions);
    this.run().then(
      (code) => this.finish(code),
      (error: unknown) => {
        this.write(this.text.line(paint(errorText(error), 'red')));
        this.finish(1);
      },
    );
  }

  setDimensions({ columns }: vscode.TerminalDimensions): void {
    this.columns = columns;
    this.text.columns = columns;
  }

  /** Ctrl-C, as on the command line: stop and validate; stop; kill. */
  handleInput(data: string): void {
    if (data !== '\u0003' || this.hasEnded) return;
    if (!this.options.ownsRuns) {
      this.write(this.text.line('The training goes on; this terminal only showed it.'));
      this.finish(0);
      return;
    }
    this.interrupts += 1;
    this.text.saysStopping = true;
    const says = [
      `${stoppingText(true)} (Ctrl-C again: do not validate)`,
      'Stopping without validation. (Ctrl-C again: kill it)',
      'Killed. Continue it from its last checkpoint with "nnU-Net: Resume Training".',
    ][Math.min(this.interrupts, 3) - 1]!;
    this.write(this.text.line(says));
    this.stop(this.interrupts);
  }

  /** The task was terminated, its terminal closed, or the whole window. */
  close(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.end.abort();
    if (!this.options.ownsRuns) return;
    stopSoon(() => this.stop(1));
  }

  private async run(): Promise<number> {
    this.folders = (await this.options.begin()).folders;
    let failures = 0;
    for (const folder of this.folders) {
      if (this.end.signal.aborted) break;
      if (!(await this.waitForStart(folder))) continue;
      failures += (await this.follow(folder)) ? 0 : 1;
    }
    return failures > 0 ? 1 : 0;
  }

  /** @returns false where the entry was taken off the queue before it could begin */
  private async waitForStart(folder: string): Promise<boolean> {
    const { runs } = this.options;
    const isWaiting = (): number => runs.queue.findIndex((one) => one.folder === folder);
    let said = -1;
    for (let place = isWaiting(); place >= 0 && !this.end.signal.aborted; place = isWaiting()) {
      const entry = runs.queue[place];
      if (entry?.failure) {
        this.write(this.text.line(paint(`${entry.failure.message}. ${entry.failure.hint}`, 'red')));
        return false;
      }
      if (place !== said)
        this.write(this.text.line(paint(`Waiting for its turn, ${place} before it: ${folder}`, 'dim')));
      said = place;
      await sleep(500, undefined, { signal: this.end.signal }).catch(() => undefined);
    }
    return runStatus(folder) !== undefined || activeHolder(folder) !== undefined;
  }

  /** @returns whether it ended well */
  private async follow(folder: string): Promise<boolean> {
    const record = readRecord(folder);
    this.current = folder;
    this.text = new TerminalText({
      classNames: record ? await classNames(record) : [],
      folder,
      columns: this.columns,
      startTime: record?.startTime,
    });
    this.write(
      this.text.line(
        paint(record ? `${record.dataset}, ${record.configuration}, fold ${record.fold}` : folder, 'bold'),
      ),
    );
    this.write(this.text.line(paint(folder, 'dim')));
    let finished: string | undefined;
    for await (const event of followJob(folder, record?.eventsOffset ?? 0, this.end.signal)) {
      this.write(this.text.event(event));
      if (event.type === 'finished') finished = event.state;
    }
    this.current = undefined;
    if (this.end.signal.aborted) return true;
    if (finished === undefined) this.write(this.text.interrupted());
    return finished === 'done' || finished === 'stopped';
  }

  /** What is running ends in order, what waits never begins. */
  private stop(urgency: number): void {
    const { runs } = this.options;
    const waiting = runs.queue.filter(({ folder }) => this.folders.includes(folder));
    const ids = waiting.map(({ job }) => job.id);
    if (ids.length > 0) inBackground(runs.removeFromQueue(ids), 'Removing from the queue', { isAskedFor: true });
    const folders = this.current ? [this.current] : this.folders.filter((folder) => activeHolder(folder));
    for (const folder of folders) {
      try {
        if (urgency >= 3) runs.kill(folder);
        else runs.stop(folder, { validate: urgency < 2 });
      } catch {
        // It ended in the meantime.
      }
    }
  }

  private write(text: string): void {
    if (text !== '') this.written.fire(text);
  }

  private finish(code: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.end.abort();
    this.closed.fire(code);
  }
}

async function classNames({ folders }: RunRequest): Promise<string[]> {
  try {
    return new LabelManager(await readDatasetJson(folders.raw)).foregroundNames;
  } catch {
    return []; // Training from preprocessed data alone, or its checks will say what is wrong.
  }
}
