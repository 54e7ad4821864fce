/** The terminal of a task that is no training: asks for its job, shows what it says, and what came of it. */
import { t } from '@vscode/l10n';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Starter } from '../../jobs/advance';
import { followHere } from '../../jobs/followHere';
import type { AnyJob, Job, Waiting } from '../../jobs/job';
import { workFolder } from '../../jobs/jobFolder';
import type { JobResults } from '../../jobs/results';
import { takeOff } from '../../jobs/takeOff';
import { titleOfJob } from '../../jobs/waitForTurn';
import { errorFromObject } from '../../method/errorObject';
import { readSummary } from '../../method/evaluation';
import { evaluatedDatasetJson } from '../../pipeline/evaluate';
import type { RunEvent } from '../../protocol/events';
import { checkLines, predictLines, preprocessLine, summaryLines } from '../../runs/resultLines';
import { waitingText } from '../../runs/waitingWords';
import { counted } from '../../words/counted';
import { inBackground } from '../background';
import { errorText } from '../messages';
import { submitFromHere } from '../progress/submitFromHere';
import type { Services } from '../services';
import { stopSoon } from './stopSoon';
import type { TaskJob, TaskJobKind } from './taskJob';
import { paint, TerminalText } from './terminalText';

/** As of a command that Ctrl-C ended. */
const interruptedCode = 130;

export class JobTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;

  private readonly stop = new AbortController();
  private readonly text = new TerminalText({ classNames: [], folder: '' });
  private folder: string | undefined;
  private waitingFor = '';
  private hasEnded = false;

  /** @param begin  what is asked for, in order */
  constructor(
    private readonly services: Services,
    private readonly begin: () => Promise<[...TaskJob[], TaskJob]>,
  ) {}

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.setDimensions(dimensions);
    this.run().then(
      (code) => this.finish(code),
      (error: unknown) => {
        this.line(paint(errorText(error), 'red'));
        this.finish(1);
      },
    );
  }

  setDimensions({ columns }: vscode.TerminalDimensions): void {
    this.text.columns = columns;
  }

  /** Ctrl-C, as on the command line: stop, then kill. */
  handleInput(data: string): void {
    if (data !== '\u0003' || this.hasEnded) return;
    if (!this.stop.signal.aborted) {
      this.line(t('Stopping … (Ctrl-C again: stop at once)'));
      this.stop.abort();
    } else if (this.folder !== undefined) {
      const { folder } = this;
      inBackground(this.services.runs.kill(folder), 'Killing the job', { isAskedFor: true });
    }
  }

  /** The task was terminated, its terminal closed, or the whole window: then the job goes on. */
  close(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    stopSoon(() => this.stop.abort());
  }

  private async run(): Promise<number> {
    const asked = await this.begin();
    const { starter } = this.services;
    const { resultsRoot, jobs } = await submitFromHere(this.services, asked);
    try {
      for (const job of jobs.slice(0, -1)) {
        const code = await this.follow(resultsRoot, job as Job<TaskJobKind>, starter, undefined);
        if (code !== 0) return code;
      }
      return await this.follow(resultsRoot, jobs.at(-1) as Job<TaskJobKind>, starter, asked.at(-1));
    } finally {
      // What was to come after one that did not end well.
      const ids = jobs.map(({ id }) => id);
      await takeOff(resultsRoot, ids, starter.launchers);
    }
  }

  /** @param asked  where what came of it is to be told. @returns the exit code */
  private async follow(
    resultsRoot: string,
    job: Job<TaskJobKind>,
    starter: Starter,
    asked: TaskJob | undefined,
  ): Promise<number> {
    this.folder = workFolder(resultsRoot, job as AnyJob);
    this.line(paint(job.title, 'bold'));
    this.line(paint(this.folder, 'dim'));
    const end = await followHere(resultsRoot, job, starter, {
      stop: this.stop.signal,
      waits: (why) => this.sayWaiting(resultsRoot, why),
      event: (event) => this.show(event),
    });
    if (end.state === 'failed') throw end.error;
    if (end.state === 'done') return asked ? this.tell(asked, end.result) : 0;
    this.line(t('Stopped. Nothing half-written is left behind.'));
    return interruptedCode;
  }

  private sayWaiting(resultsRoot: string, why: Waiting): void {
    const text = waitingText(why, (id) => titleOfJob(resultsRoot, id));
    if (text !== this.waitingFor) this.line(paint(t('It {0}', text), 'dim'));
    this.waitingFor = text;
  }

  private show(event: RunEvent): void {
    // How it ended is told with what came of it.
    if (event.type !== 'error' && event.type !== 'finished') this.write(this.text.event(event));
  }

  /** @returns the exit code */
  private async tell({ kind, request }: TaskJob, result: JobResults[TaskJobKind]): Promise<number> {
    switch (kind) {
      case 'check': {
        const check = result as JobResults['check'];
        for (const line of checkLines(check)) this.line(line);
        return check.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
      }
      case 'preprocess':
        this.line(preprocessLine(result as JobResults['preprocess']));
        return 0;
      case 'predict': {
        const predicted = result as JobResults['predict'];
        const failed = (predicted.failed ?? []).map((one) => errorFromObject(one)!);
        for (const error of failed) this.line(paint(error.oneLine, 'red'));
        for (const line of predictLines(request, predicted)) this.line(line);
        return failed.length > 0 ? 1 : 0;
      }
      case 'ensemble':
      case 'postprocess': {
        const { folder, cases } = result as JobResults['ensemble'];
        this.line(t('{0} predicted: {1}', counted(cases.length, 'case'), folder));
        return 0;
      }
      case 'evaluate': {
        const { summary } = result as JobResults['evaluate'];
        const datasetJson = await evaluatedDatasetJson(request.datasetJson);
        const read = readSummary(await readFile(summary, 'utf8'), summary);
        for (const line of summaryLines(read, datasetJson, summary)) this.line(line);
        return 0;
      }
    }
  }

  private line(text: string): void {
    this.write(this.text.line(text));
  }

  private write(text: string): void {
    if (text !== '' && !this.hasEnded) this.written.fire(text);
  }

  private finish(code: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.closed.fire(code);
  }
}
