/** Where a command's words go: results to stdout, progress and warnings to stderr; with --json as events, one object in a line. */
import { errorToObject } from '../method/errorObject';
import type { NnunetError } from '../method/errors';
import type { ProgressReport } from '../pipeline/progress';
import type { RunEvent } from '../protocol/events';
import { progressBar, shareOf, stageTitle } from '../runs/describe';
import { formatDuration } from '../runs/duration';

/** A stage of the pipeline, or any other piece of work by the name it is shown under. */
type Progress = Omit<ProgressReport, 'stage'> & {
  stage: string;
  /** Worth a line of its own only when nothing else was said for long. */
  isDetail?: boolean;
};

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Off a terminal a line is printed when this much more is done (but not at once again), or this much time has gone by. */
const plainStep = 0.1;
const plainQuietSeconds = 2;
const plainSeconds = 30;

export class Output {
  private lineOnScreen = false;
  private current: { key: string; startedAt: number; printedAt: number; printedShare: number } | undefined;
  /** When each stage that is not done yet began; stages can be nested. */
  private readonly startTimes = new Map<string, number>();

  constructor(
    readonly json: boolean,
    private readonly out: Stream = process.stdout,
    private readonly err: Stream = process.stderr,
  ) {}

  /** What a job says; with --json just as it said it. */
  event(event: RunEvent): void {
    if (this.json) this.tell({ ...event });
    else if (event.type === 'stage') this.progress(event);
    else if (event.type === 'warning') this.warn(event.message, event.code);
    else if (event.type === 'note') this.note(event.message);
  }

  /** A line for people; with --json it goes to stderr, so that stdout stays one JSON value. */
  line(text = ''): void {
    if (this.json) return this.note(text);
    this.clear();
    this.out.write(`${text}\n`);
  }

  /** What is going on. */
  note(text: string): void {
    if (this.json) this.tell({ type: 'note', message: text });
    else this.say(text);
  }

  warn(text: string, code = 'warning'): void {
    if (this.json) this.tell({ type: 'warning', code, message: text });
    else this.say(`warning: ${text}`);
  }

  /** What went wrong. */
  error(error: NnunetError): void {
    if (this.json) this.tell({ type: 'error', ...errorToObject(error) });
    else this.say(`error: ${error.oneLine}`);
  }

  private tell({ type, time, ...rest }: { type: string; time?: string } & Record<string, unknown>): void {
    this.err.write(`${JSON.stringify({ type, time: time ?? new Date().toISOString(), ...rest })}\n`);
  }

  private say(text: string): void {
    this.clear();
    this.err.write(`${text}\n`);
  }

  /** The command's result; printed by --json only. */
  result(value: unknown): void {
    this.clear();
    if (this.json) this.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** Shows how far a stage is: a bar on a terminal, a line now and then elsewhere. */
  progress(report: Progress): void {
    if (this.json) return this.tell({ type: 'stage', ...report });
    const now = Date.now();
    if (this.current?.key !== report.stage) {
      this.clear();
      const startedAt = this.startTimes.get(report.stage) ?? now;
      this.startTimes.set(report.stage, startedAt);
      this.current = { key: report.stage, startedAt, printedAt: 0, printedShare: -1 };
    }
    const share = shareOf(report);
    if (this.terminalColumns > 0) this.drawBar(report, share, now);
    else this.printPlain(report, share, now);
    if (report.state === 'done') {
      if (this.lineOnScreen) this.err.write('\n');
      this.lineOnScreen = false;
      this.current = undefined;
      this.startTimes.delete(report.stage);
    }
  }

  /** 0 off a terminal. */
  private get terminalColumns(): number {
    return this.err.isTTY ? this.err.columns || 100 : 0;
  }

  private drawBar(report: Progress, share: number | undefined, now: number): void {
    const current = this.current!;
    if (report.state === 'progress' && now - current.printedAt < 80 && share !== 1) return;
    current.printedAt = now;
    const head = stageTitle(report.stage);
    const bar = share === undefined ? '' : ` ${progressBar(share)} ${report.done}/${report.total}`;
    const elapsed = (now - current.startedAt) / 1000;
    const rest =
      share !== undefined && share > 0 && share < 1 && elapsed > 3
        ? `, ${formatDuration((elapsed / share) * (1 - share))} left`
        : '';
    const end = report.state === 'done' ? ` (${formatDuration(elapsed)})` : rest;
    const text = `${head}${bar}${end}${report.message ? `  ${report.message}` : ''}`;
    this.err.write(`\r\u001b[K${text.slice(0, Math.max(20, this.terminalColumns - 1))}`);
    this.lineOnScreen = true;
  }

  private printPlain(report: Progress, share: number | undefined, now: number): void {
    const current = this.current!;
    const head = stageTitle(report.stage);
    if (report.state === 'started') {
      this.err.write(`${head}${report.message ? `: ${report.message}` : ''} …\n`);
    } else if (report.state === 'done') {
      this.err.write(
        `${head}: done in ${formatDuration((now - current.startedAt) / 1000)}${report.message ? `, ${report.message}` : ''}\n`,
      );
      return;
    } else {
      const silence = (now - Math.max(current.printedAt, current.startedAt)) / 1000;
      const due =
        silence > plainSeconds ||
        (!report.isDetail && (share ?? 0) - current.printedShare >= plainStep && silence > plainQuietSeconds);
      if (!due || share === 0) return;
      this.err.write(
        `${head}: ${report.done ?? 0}${report.total ? `/${report.total}` : ''}${report.message ? `  ${report.message}` : ''}\n`,
      );
    }
    current.printedAt = now;
    current.printedShare = share ?? 0;
  }

  private clear(): void {
    if (!this.lineOnScreen) return;
    this.err.write('\r\u001b[K');
    this.lineOnScreen = false;
  }
}
