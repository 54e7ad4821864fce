/** The terminal that follows jobs: a training task's starts its runs, shows them one after the other, and stops them when it is cancelled. */
import { t } from '@vscode/l10n';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { readDatasetJson } from '../../dataset/rawDataset';
import { LabelManager } from '../../method/labels';
import { followJob } from '../../jobs/followJob';
import { readRecord, type RunRequest } from '../../jobs/runFolder';
import type { KnownJob } from '../../jobs/knownJob';
import type { WaitingJob } from '../../jobs/waiting';
import { errorLine } from '../../runs/describe';
import { waitingText } from '../../runs/waitingWords';
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
      this.write(this.text.line(t('It goes on; this terminal only showed it.')));
      this.finish(0);
      return;
    }
    this.interrupts += 1;
    this.text.saysStopping = true;
    const says = [
      t('{0} (Ctrl-C again: do not validate)', stoppingText(true)),
      t('Stopping without validation. (Ctrl-C again: kill it)'),
      t('Killed. Continue it from its last checkpoint with "nnU-Net: Resume Training".'),
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
    const waiting = (): WaitingJob | undefined => runs.queue.find((one) => one.folder === folder);
    let said = '';
    for (let entry = waiting(); entry && !this.end.signal.aborted; entry = waiting()) {
      if (entry.failure) {
        this.write(this.text.line(paint(`${entry.failure.message}. ${entry.failure.hint}`, 'red')));
        return false;
      }
      const text = waitingText(runs.why(entry.job.id) ?? { for: 'turn' }, (id) => runs.titleOf(id));
      if (text !== said) this.write(this.text.line(paint(`"${entry.job.title}" ${text}`, 'dim')));
      said = text;
      await sleep(500, undefined, { signal: this.end.signal }).catch(() => undefined);
    }
    return runs.look(folder) !== undefined;
  }

  /** @returns whether it ended well */
  private async follow(folder: string): Promise<boolean> {
    const job = this.options.runs.look(folder);
    if (job && !job.training) return this.followOther(job);
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
        paint(record ? t('{0}, {1}, fold {2}', record.dataset, record.configuration, record.fold) : folder, 'bold'),
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

  /** Of a job that is no training: what it said from the beginning, and how it ended. */
  private async followOther({ folder, title }: KnownJob): Promise<boolean> {
    this.current = folder;
    this.text = new TerminalText({ classNames: [], folder, columns: this.columns });
    this.write(this.text.line(paint(title, 'bold')) + this.text.line(paint(folder, 'dim')));
    let failure = '';
    let finished: string | undefined;
    for await (const event of followJob(folder, 0, this.end.signal)) {
      if (event.type === 'error') failure = errorLine(event);
      else if (event.type === 'finished') finished = event.state;
      else this.write(this.text.event(event));
    }
    this.current = undefined;
    if (this.end.signal.aborted) return true;
    const ends: Record<string, string> = {
      done: paint(t('It has ended well.'), 'bold'),
      stopped: t('It was stopped.'),
      failed: paint(t('It failed. {0}', failure).trim(), 'red'),
    };
    const interrupted = paint(t('It was interrupted: its process is gone.'), 'red');
    this.write(this.text.line(finished === undefined ? interrupted : (ends[finished] ?? finished)));
    return finished === 'done' || finished === 'stopped';
  }

  /** What is running ends in order, what waits never begins. */
  private stop(urgency: number): void {
    const { runs } = this.options;
    const waiting = runs.queue.filter(({ folder }) => this.folders.includes(folder));
    const ids = waiting.map(({ job }) => job.id);
    if (ids.length > 0) inBackground(runs.removeFromQueue(ids), 'Removing from the queue', { isAskedFor: true });
    const folders = this.current ? [this.current] : this.folders.filter((folder) => isRunning(runs, folder));
    for (const folder of folders) {
      try {
        if (urgency >= 3) inBackground(runs.kill(folder), 'Killing the training', { isAskedFor: true });
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

function isRunning(runs: RunCenter, folder: string): boolean {
  return runs.look(folder)?.status.state === 'running';
}

async function classNames({ folders }: RunRequest): Promise<string[]> {
  try {
    return new LabelManager(await readDatasetJson(folders.raw)).foregroundNames;
  } catch {
    return []; // Training from preprocessed data alone, or its checks will say what is wrong.
  }
}
