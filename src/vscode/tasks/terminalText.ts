/** Writes a training's events as text for a terminal: a bar for each stage, a line for each epoch, and at the end the curve and where the files are. */
import { t } from '@vscode/l10n';
import type { RunEvent } from '../../protocol/events';
import { epochLine, errorLine, progressBar, shareOf, stageTitle } from '../../runs/describe';
import { formatDuration } from '../../runs/duration';
import { secondsLeft } from '../../jobs/pace';
import { sparkline } from '../../runs/sparkline';
import { applyEvent, type RunProgress } from '../../jobs/status';
import { counted } from '../../words/counted';

const endOfLine = '\r\n';
const clearLine = '\r\u001b[K';
const colours = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;

interface TerminalTextOptions {
  classNames: readonly string[];
  folder: string;
  columns?: number;
  /** For the end: how long it took. */
  startTime?: string;
}

export class TerminalText {
  columns: number;
  private isBarOnScreen = false;
  private stageStart: number | undefined;
  private readonly dice: (number | null)[] = [];
  private epochs = 0;
  private failure = '';
  private progress: RunProgress = {};
  /** That it stops was said by whoever stopped it. */
  saysStopping = false;

  constructor(private readonly options: TerminalTextOptions) {
    this.columns = options.columns ?? 100;
  }

  /** @returns what to write for this event; '' for nothing */
  event(event: RunEvent): string {
    this.progress = applyEvent(this.progress, event);
    switch (event.type) {
      case 'stage': {
        if (event.state === 'started') this.stageStart = Date.parse(event.time);
        if (event.state === 'done') {
          const seconds = (Date.parse(event.time) - (this.stageStart ?? Date.parse(event.time))) / 1000;
          const message = event.message ? `, ${event.message}` : '';
          return this.line(`${paint('✓', 'green')} ${stageTitle(event.stage)} (${formatDuration(seconds)}${message})`);
        }
        return this.bar(stageTitle(event.stage), shareOf(event), event.done, event.total, event.message);
      }
      case 'iteration': {
        const done = event.iteration + 1;
        const words = [t('loss {0}', event.loss?.toFixed(4) ?? 'NaN'), ...paceWords(this.progress)].join(', ');
        return this.bar(t('Epoch {0}', event.epoch + 1), done / event.iterations, done, event.iterations, words);
      }
      case 'stopping':
        // Whoever stopped it here has read so already.
        return this.saysStopping ? '' : this.line(stoppingText(event.validates, event.isAfterEpoch));
      case 'epoch':
        this.dice.push(event.emaDice);
        this.epochs = event.epoch + 1;
        return this.line(epochLine(event, this.options.classNames));
      case 'note':
        return this.line(event.message);
      case 'warning':
        return this.line(paint(t('Warning: {0}', event.message), 'yellow'));
      case 'error':
        this.failure = errorLine(event);
        return '';
      case 'finished':
        return this.end(event.state, event.meanDice, event.time);
      default:
        return '';
    }
  }

  /** A line of the terminal's own, e.g. that the training was asked to stop. */
  line(text = ''): string {
    const clear = this.isBarOnScreen ? clearLine : '';
    this.isBarOnScreen = false;
    return `${clear}${text.replace(/\r?\n/g, endOfLine)}${endOfLine}`;
  }

  /** The run's process is gone without a word. */
  interrupted(): string {
    return (
      this.line(paint(t('The training was interrupted: its process is gone.'), 'red')) +
      this.line(t('Continue it with "nnU-Net: Resume Training". {0}', this.options.folder))
    );
  }

  private end(state: 'done' | 'stopped' | 'failed', meanDice: number | null | undefined, time: string): string {
    const { folder, startTime } = this.options;
    if (state === 'failed') {
      return (
        this.line(paint(t('The training failed. {0}', this.failure).trim(), 'red')) +
        this.line(t('Log: {0}/core.log', folder))
      );
    }
    const seconds = startTime ? (Date.parse(time) - Date.parse(startTime)) / 1000 : undefined;
    const duration = seconds === undefined ? '' : ` ${t('in {0}', formatDuration(seconds))}`;
    const epochs = counted(this.epochs, 'epoch');
    const what = `${state === 'done' ? t('Trained {0}', epochs) : t('Stopped after {0}', epochs)}${duration}`;
    const dice =
      typeof meanDice === 'number' ? `, ${t('mean Dice {0} on the validation cases', meanDice.toFixed(4))}` : '';
    const curve = sparkline(this.dice);
    return (
      this.line() +
      this.line(paint(`${what}${dice}.`, 'bold')) +
      (curve ? this.line(t('Dice in training  {0}  {1}', paint(curve, 'cyan'), range(this.dice))) : '') +
      this.line(t('Model:      {0}', folder)) +
      (typeof meanDice === 'number' ? this.line(t('Validation: {0}/validation', folder)) : '')
    );
  }

  private bar(
    title: string,
    share: number | undefined,
    done: number | undefined,
    total: number | undefined,
    message: string | undefined,
  ): string {
    const progress = share === undefined ? ' …' : ` ${progressBar(share)} ${done ?? 0}/${total}`;
    const text = `${title}${progress}${message ? `  ${message}` : ''}`;
    this.isBarOnScreen = true;
    // A line that wraps could not be cleared.
    return `${clearLine}${text.slice(0, Math.max(20, this.columns - 1))}`;
  }
}

export function stoppingText(validates: boolean, isAfterEpoch = false): string {
  if (isAfterEpoch) return t('Stopping after this epoch: then the training saves and validates.');
  return validates
    ? t('Stopping: the training finishes this iteration, saves and validates.')
    : t('Stopping: the training finishes this iteration and saves.');
}

/** How long an iteration takes and how long all will. */
function paceWords({ begun, ...progress }: RunProgress): string[] {
  const each = begun?.secondsPerIteration;
  const left = secondsLeft({ ...progress, begun });
  return [
    ...(each === undefined ? [] : [t('{0} each', formatDuration(each))]),
    ...(left === undefined || left <= 0 ? [] : [t('{0} left', formatDuration(left))]),
  ];
}

export function paint(text: string, colour: keyof typeof colours): string {
  return `\u001b[${colours[colour]}m${text}\u001b[0m`;
}

function range(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null);
  return `${known[0]!.toFixed(3)} → ${known.at(-1)!.toFixed(3)}`;
}
