/** Says a run's events in words: the same lines in the terminal, in VS Code's tasks and in its notifications. */
import type { EpochEvent, ErrorEvent, StageEvent, StageName } from '../protocol/events';
import { formatDuration } from './duration';
import { secondsLeft } from '../jobs/pace';
import type { TrainOptions } from '../jobs/runFolder';
import type { RunProgress, RunStatus } from '../jobs/status';
import { counted } from '../words/counted';

const stageTitles: Readonly<Record<StageName, string>> = {
  sample: 'Writing scans',
  import: 'Importing',
  check: 'Checking the dataset',
  fingerprint: 'Measuring the dataset',
  plan: 'Planning',
  preprocess: 'Preprocessing',
  train: 'Training',
  validate: 'Validating',
  predict: 'Predicting',
  evaluate: 'Evaluating',
  ensemble: 'Averaging',
  postprocess: 'Postprocessing',
  export: 'Exporting',
};

/** "Preprocessing"; other pieces of work by the name they are given. */
export function stageTitle(stage: string): string {
  return stage in stageTitles ? stageTitles[stage as StageName] : stage;
}

/** @param share  0 to 1 */
export function progressBar(share: number, width = 24): string {
  return '█'.repeat(Math.round(Math.max(0, Math.min(1, share)) * width)).padEnd(width, '░');
}

/** How much of a piece of work is done, 0 to 1; undefined where its length is not known. */
export function shareOf({ done, total }: Pick<StageEvent, 'done' | 'total'>): number | undefined {
  return total ? Math.min(1, (done ?? 0) / total) : undefined;
}

export function epochLine(event: EpochEvent, classNames: readonly string[]): string {
  const perClass = event.dice
    .map((value, index) => `${classNames[index] ?? `class ${index + 1}`} ${number(value, 3)}`)
    .join(', ');
  const of = event.epochs === null ? '' : `/${event.epochs}`;
  return `Epoch ${event.epoch + 1}${of}  loss ${number(event.trainLoss)} (validation ${number(event.valLoss)})  Dice ${number(event.meanDice)} (${perClass})  rate ${event.learningRate.toPrecision(3)}  ${formatDuration(event.seconds)}`;
}

/** What, where and what to do, in one line. */
export function errorLine({ message, where, hint }: Pick<ErrorEvent, 'message' | 'where' | 'hint'>): string {
  return `${message.replace(/\.$/, '')}${where ? ` (${where})` : ''}. ${hint}`.trim();
}

/** "Training, epoch 12 of 40, Dice 0.81, 3 min left": a run that is going on, in one line. */
export function progressLine(progress: RunProgress): string {
  const { stage, done, total, stageState, isStopping, stopsAfterEpoch } = progress;
  const count = total && stageState !== 'done' ? ` ${done ?? 0} of ${total}` : '';
  const words =
    stage === 'train'
      ? [stageTitle(stage), ...trainingWords(progress)].join(', ')
      : stage
        ? `${stageTitle(stage)}${count}`
        : 'Starting';
  if (isStopping) return `Stopping… (${words})`;
  return stopsAfterEpoch ? `Stops after this epoch (${words})` : words;
}

/** Before the first epoch is finished, every iteration is news; later epochs tell more. */
export function trainingWords(progress: RunProgress): string[] {
  const { epoch, epochs, emaDice, begun, budget } = progress;
  if (epoch === undefined && !begun) return ['waiting for the first iteration'];
  // How many epochs fit into a time budget is an estimate.
  const of = epochs ? ` of ${budget ? 'about ' : ''}${epochs}` : '';
  const words = [`epoch ${begun ? begun.epoch + 1 : epoch}${of}`];
  if (begun) words.push(`iteration ${begun.done} of ${begun.iterations}`);
  if (epoch !== undefined) {
    if (typeof emaDice === 'number') words.push(`Dice ${emaDice.toFixed(3)}`);
  } else if (begun) {
    words.push(`loss ${number(begun.loss, 3)}`);
    if (begun.secondsPerIteration !== undefined) words.push(`${formatDuration(begun.secondsPerIteration)} each`);
  }
  const left = secondsLeft(progress);
  if (left !== undefined && left > 0) words.push(`${formatDuration(left)} left`);
  return words;
}

/** How a run is or how it ended, in one line. */
export function statusLine(status: RunStatus): string {
  const { state, epoch, epochs, meanDice, emaDice, error } = status;
  if (state === 'running') return progressLine(status);
  const length =
    epoch === undefined
      ? ''
      : ` after ${epochs && epochs !== epoch ? `${epoch} of ${counted(epochs, 'epoch')}` : counted(epoch, 'epoch')}`;
  const dice =
    typeof meanDice === 'number'
      ? `, Dice ${meanDice.toFixed(3)}`
      : typeof emaDice === 'number'
        ? `, Dice ${emaDice.toFixed(3)} in training`
        : '';
  if (state === 'failed') return `Failed${length}${error ? `: ${error.message}` : ''}`;
  return `${{ finished: 'Finished', stopped: 'Stopped', interrupted: 'Interrupted' }[state]}${length}${dice}`;
}

/** Dice, state, epoch and time, the shortest way: a narrow side bar cuts the end, and icons tell what goes on. */
export function rowLine(status: RunStatus, seconds = 0): string {
  const { state, stage, epoch, epochs, meanDice, emaDice, error } = status;
  if (state === 'running')
    return stage === 'train' && !isEnding(status) ? trainingWords(status).join(', ') : progressLine(status);
  const dice = typeof meanDice === 'number' ? meanDice : emaDice;
  return [
    typeof dice === 'number' ? `Dice ${dice.toFixed(3)}` : '',
    state,
    epoch === undefined ? '' : epochs && epochs !== epoch ? `epoch ${epoch} of ${epochs}` : counted(epoch, 'epoch'),
    seconds > 0 ? formatDuration(seconds) : '',
    state === 'failed' ? (error?.message ?? '') : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function isEnding({ isStopping, stopsAfterEpoch }: RunProgress): boolean {
  return Boolean(isStopping ?? stopsAfterEpoch);
}

/** "fold 0"; "all cases" for the model that leaves none out. */
export function foldTitle(fold: string | number): string {
  return fold === 'all' ? 'all cases' : `fold ${fold}`;
}

/** "300 epochs", "1 h 30 min": how long a training was asked to be; the rest of one that is resumed. */
export function lengthText({ epochs, budgetSeconds, resume }: TrainOptions): string {
  if (epochs) return counted(epochs, 'epoch');
  if (budgetSeconds) return formatDuration(budgetSeconds);
  return resume ? 'the rest' : '1000 epochs';
}

function number(value: number | null, digits = 4): string {
  return value === null || value === undefined ? 'NaN' : value.toFixed(digits);
}
