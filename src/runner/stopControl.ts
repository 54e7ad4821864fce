/** Turns signals and the file control/stop into an orderly end of the run, according to what it is doing. */
import { existsSync, statSync } from 'node:fs';
import { clearRequests, controlFile, stopSkipsValidation } from '../jobs/control';

type Phase = 'prepare' | 'train' | 'validate';

const pollMilliseconds = 300;
/** `nnunet stop` writes the file and sends a signal: what comes so shortly after another request is the same one. */
const sameRequestMilliseconds = 800;

type TellStop = (validates: boolean, isAfterEpoch?: boolean) => void;

export class StopControl {
  private phase: Phase = 'prepare';
  private lastRequest = 0;
  private seenFile = 0;
  private endsWithEpoch = false;
  private suspendedBy: 'time' | 'taken' | undefined;
  private timer: NodeJS.Timeout | undefined;
  private tell: TellStop | undefined;
  private readonly training = new AbortController();
  private readonly everything = new AbortController();

  /** Hears signals from now on: whoever sees the run's lock may send one. */
  constructor(private readonly foldFolder: string) {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.hear());
    // What Slurm sends some time before a job's time is up.
    process.on('SIGUSR1', () => this.suspend('time'));
    // The terminal it was started from may go away.
    process.on('SIGHUP', () => undefined);
  }

  /** Looks for the file, too: once what an earlier run left in the folder is gone. */
  watch(): void {
    this.timer = setInterval(() => this.poll(), pollMilliseconds);
    this.timer.unref();
  }

  /** @param tell  called when it is to end, or sooner than it was to; at once where there was one already */
  onRequest(tell: TellStop): void {
    this.tell = tell;
    if (this.requested) tell(!this.signal.aborted);
    else if (this.endsWithEpoch) tell(true, true);
  }

  /** Aborted: training ends after this iteration. */
  get trainingSignal(): AbortSignal {
    return this.training.signal;
  }

  /** Aborted: whatever is going on besides training ends as soon as possible, and nothing follows. */
  get signal(): AbortSignal {
    return this.everything.signal;
  }

  /** Whether it is to save and end without being at its end: 'time': before its time is up; 'taken': somebody ends its process. */
  get suspended(): 'time' | 'taken' | undefined {
    return this.suspendedBy;
  }

  /** Whether the run was asked to end early. */
  get requested(): boolean {
    return this.training.signal.aborted || this.everything.signal.aborted;
  }

  enter(phase: Phase): void {
    this.phase = phase;
    // A request that training has answered must not end the validation too.
    if (phase === 'validate') clearRequests(this.foldFolder);
  }

  dispose(): void {
    clearInterval(this.timer);
    this.tell = undefined;
    clearRequests(this.foldFolder);
  }

  /** @param isLast  there is none after it: then the training ends by itself */
  epochEnded(isLast: boolean): void {
    this.pollAfterEpoch();
    if (this.endsWithEpoch && !isLast) this.request();
  }

  private pollAfterEpoch(): void {
    if (this.endsWithEpoch || this.requested || !existsSync(controlFile(this.foldFolder, 'stop-after-epoch'))) return;
    this.endsWithEpoch = true;
    this.tell?.(true, true);
  }

  /** Looks for a request that the core may have seen first. */
  poll(): void {
    this.pollAfterEpoch();
    const stat = statSync(controlFile(this.foldFolder, 'stop'), { throwIfNoEntry: false });
    if (!stat || stat.mtimeMs === this.seenFile) return;
    this.seenFile = stat.mtimeMs;
    this.request();
  }

  private hear(): void {
    const isAsked = statSync(controlFile(this.foldFolder, 'stop'), { throwIfNoEntry: false }) !== undefined;
    // No person's wish but the cluster's, which kills soon: there is time to save, not to validate.
    if (process.env.SLURM_JOB_ID !== undefined && !isAsked) this.suspend('taken');
    else this.request();
  }

  private suspend(by: 'time' | 'taken'): void {
    // A person's wish to end it is the stronger one.
    if (!this.requested) this.suspendedBy = by;
    const before = this.urgency;
    this.everything.abort();
    this.training.abort();
    if (before !== this.urgency) this.tell?.(false);
  }

  private get urgency(): number {
    return Number(this.training.signal.aborted) + Number(this.everything.signal.aborted);
  }

  private request(): void {
    const before = this.urgency;
    const now = Date.now();
    const isAnother = now - this.lastRequest > sameRequestMilliseconds;
    const isSecond = this.requested && isAnother;
    this.lastRequest = now;
    const skipValidation = stopSkipsValidation(this.foldFolder);
    if (this.phase !== 'train' || skipValidation || isSecond) {
      if (this.phase === 'validate' && !isAnother && !skipValidation) return;
      this.everything.abort();
    }
    this.training.abort();
    if (before !== this.urgency) this.tell?.(!this.signal.aborted);
  }
}
