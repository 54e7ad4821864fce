/** Writes a training's events as text for a terminal: a bar for each stage, a line for each epoch, and at the end the curve and where the files are. */
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
        const words = [`loss ${event.loss?.toFixed(4) ?? 'NaN'}`, ...paceWords(this.progress)].join(', ');
        return this.bar(`Epoch ${event.epoch + 1}`, done / event.iterations, done, event.iterations, words);
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
        return this.line(paint(`Warning: ${event.message}`, 'yellow'));
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
      this.line(paint('The training was interrupted: its process is gone.', 'red')) +
      this.line(`Continue it with "nnU-Net: Resume Training". ${this.options.folder}`)
    );
  }

  private end(state: 'done' | 'stopped' | 'failed', meanDice: number | null | undefined, time: string): string {
    const { folder, startTime } = this.options;
    if (state === 'failed') {
      return (
        this.line(paint(`The training failed. ${this.failure}`.trim(), 'red')) + this.line(`Log: ${folder}/core.log`)
      );
    }
    const seconds = startTime ? (Date.parse(time) - Date.parse(startTime)) / 1000 : undefined;
    const duration = seconds === undefined ? '' : ` in ${formatDuration(seconds)}`;
    const what = `${state === 'done' ? 'Trained' : 'Stopped after'} ${counted(this.epochs, 'epoch')}${duration}`;
    const dice = typeof meanDice === 'number' ? `, mean Dice ${meanDice.toFixed(4)} on the validation cases` : '';
    const curve = sparkline(this.dice);
    return (
      this.line() +
      this.line(paint(`${what}${dice}.`, 'bold')) +
      (curve ? this.line(`Dice in training  ${paint(curve, 'cyan')}  ${range(this.dice)}`) : '') +
      this.line(`Model:      ${folder}`) +
      (typeof meanDice === 'number' ? this.line(`Validation: ${folder}/validation`) : '')
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
  if (isAfterEpoch) return 'Stopping after this epoch: then the training saves and validates.';
  return validates
    ? 'Stopping: the training finishes this iteration, saves and validates.'
    : 'Stopping: the training finishes this iteration and saves.';
}

/** How long an iteration takes and how long all will. */
function paceWords({ begun, ...progress }: RunProgress): string[] {
  const each = begun?.secondsPerIteration;
  const left = secondsLeft({ ...progress, begun });
  return [
    ...(each === undefined ? [] : [`${formatDuration(each)} each`]),
    ...(left === undefined || left <= 0 ? [] : [`${formatDuration(left)} left`]),
  ];
}

export function paint(text: string, colour: keyof typeof colours): string {
  return `\u001b[${colours[colour]}m${text}\u001b[0m`;
}

function range(values: readonly (number | null)[]): string {
  const known = values.filter((value): value is number => value !== null);
  return `${known[0]!.toFixed(3)} → ${known.at(-1)!.toFixed(3)}`;
}
