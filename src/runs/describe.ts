/** Says a run's events in words: the same lines in the terminal, in VS Code's tasks and in its notifications. */
import { t } from '@vscode/l10n';
import type { EpochEvent, ErrorEvent, StageEvent, StageName } from '../protocol/events';
import { formatDuration } from './duration';
import { secondsLeft } from '../jobs/pace';
import type { TrainOptions } from '../jobs/runFolder';
import type { RunProgress, RunStatus } from '../jobs/status';
import { counted } from '../words/counted';

const stageTitles: Readonly<Record<StageName, string>> = {
  sample: t('Writing scans'),
  import: t('Importing'),
  check: t('Checking the dataset'),
  fingerprint: t('Measuring the dataset'),
  plan: t('Planning'),
  preprocess: t('Preprocessing'),
  train: t('Training'),
  validate: t('Validating'),
  predict: t('Predicting'),
  evaluate: t('Evaluating'),
  ensemble: t('Averaging'),
  postprocess: t('Postprocessing'),
  export: t('Exporting'),
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
    .map((value, index) => `${classNames[index] ?? t('class {0}', index + 1)} ${number(value, 3)}`)
    .join(', ');
  const of = event.epochs === null ? '' : `/${event.epochs}`;
  return t(
    'Epoch {0}{1}  loss {2} (validation {3})  Dice {4} ({5})  rate {6}  {7}',
    event.epoch + 1,
    of,
    number(event.trainLoss),
    number(event.valLoss),
    number(event.meanDice),
    perClass,
    event.learningRate.toPrecision(3),
    formatDuration(event.seconds),
  );
}

/** What, where and what to do, in one line. */
export function errorLine({ message, where, hint }: Pick<ErrorEvent, 'message' | 'where' | 'hint'>): string {
  return `${message.replace(/\.$/, '')}${where ? ` (${where})` : ''}. ${hint}`.trim();
}

/** "Training, epoch 12 of 40, Dice 0.81, 3 min left": a run that is going on, in one line. */
export function progressLine(progress: RunProgress): string {
  const { stage, done, total, stageState, isStopping, stopsAfterEpoch } = progress;
  const count = total && stageState !== 'done' ? ` ${t('{0} of {1}', done ?? 0, total)}` : '';
  const words =
    stage === 'train'
      ? [stageTitle(stage), ...trainingWords(progress)].join(', ')
      : stage
        ? `${stageTitle(stage)}${count}`
        : t('Starting');
  if (isStopping) return t('Stopping… ({0})', words);
  return stopsAfterEpoch ? t('Stops after this epoch ({0})', words) : words;
}

/** Before the first epoch is finished, every iteration is news; later epochs tell more. */
export function trainingWords(progress: RunProgress): string[] {
  const { epoch, epochs, emaDice, begun, budget } = progress;
  if (epoch === undefined && !begun) return [t('waiting for the first iteration')];
  // How many epochs fit into a time budget is an estimate.
  const now = begun ? begun.epoch + 1 : epoch!;
  const words = [
    !epochs
      ? t('epoch {0}', now)
      : budget
        ? t('epoch {0} of about {1}', now, epochs)
        : t('epoch {0} of {1}', now, epochs),
  ];
  if (begun) words.push(t('iteration {0} of {1}', begun.done, begun.iterations));
  if (epoch !== undefined) {
    if (typeof emaDice === 'number') words.push(`Dice ${emaDice.toFixed(3)}`);
  } else if (begun) {
    words.push(t('loss {0}', number(begun.loss, 3)));
    if (begun.secondsPerIteration !== undefined) words.push(t('{0} each', formatDuration(begun.secondsPerIteration)));
  }
  const left = secondsLeft(progress);
  if (left !== undefined && left > 0) words.push(t('{0} left', formatDuration(left)));
  return words;
}

/** How a run is or how it ended, in one line. */
export function statusLine(status: RunStatus): string {
  const { state, epoch, epochs, meanDice, emaDice, error } = status;
  if (state === 'running') return progressLine(status);
  const length =
    epoch === undefined
      ? ''
      : ` ${t('after {0}', epochs && epochs !== epoch ? t('{0} of {1}', epoch, counted(epochs, 'epoch')) : counted(epoch, 'epoch'))}`;
  const dice =
    typeof meanDice === 'number'
      ? `, Dice ${meanDice.toFixed(3)}`
      : typeof emaDice === 'number'
        ? `, ${t('Dice {0} in training', emaDice.toFixed(3))}`
        : '';
  if (state === 'failed') return `${t('Failed')}${length}${error ? `: ${error.message}` : ''}`;
  return `${{ finished: t('Finished'), stopped: t('Stopped'), interrupted: t('Interrupted') }[state]}${length}${dice}`;
}

/** Dice, state, epoch and time, the shortest way: a narrow side bar cuts the end, and icons tell what goes on. */
export function rowLine(status: RunStatus, seconds = 0): string {
  const { state, stage, epoch, epochs, meanDice, emaDice, error } = status;
  if (state === 'running')
    return stage === 'train' && !isEnding(status) ? trainingWords(status).join(', ') : progressLine(status);
  const dice = typeof meanDice === 'number' ? meanDice : emaDice;
  return [
    typeof dice === 'number' ? `Dice ${dice.toFixed(3)}` : '',
    { finished: t('finished'), stopped: t('stopped'), failed: t('failed'), interrupted: t('interrupted') }[state],
    epoch === undefined
      ? ''
      : epochs && epochs !== epoch
        ? t('epoch {0} of {1}', epoch, epochs)
        : counted(epoch, 'epoch'),
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
  return fold === 'all' ? t('all cases') : t('fold {0}', fold);
}

/** "300 epochs", "1 h 30 min": how long a training was asked to be; the rest of one that is resumed. */
export function lengthText({ epochs, budgetSeconds, resume }: TrainOptions): string {
  if (epochs) return counted(epochs, 'epoch');
  if (budgetSeconds) return formatDuration(budgetSeconds);
  return resume ? t('the rest') : '1000 epochs';
}

function number(value: number | null, digits = 4): string {
  return value === null || value === undefined ? 'NaN' : value.toFixed(digits);
}
