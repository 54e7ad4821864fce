/** Says in plain language what a training's curves show, so that nobody needs to know how to read them. */
import { t } from '@vscode/l10n';
import type { CurveNote } from '../protocol/curves';
import { bestEpoch, type TrainingCurves } from './trainingCurves';
import { counted } from '../words/counted';

export interface NoteContext {
  classNames: readonly string[];
  plannedEpochs: number | null;
  isRunning: boolean;
}

/** Dice that counts as an improvement, and as anything at all. */
const improvement = 0.002;
/** Standard errors by which two means must differ to be called different. */
const confidence = 3;

/** Remarks on a training: what needs action first, what is good to know last. */
export function curveNotes(curves: TrainingCurves, context: NoteContext): CurveNote[] {
  if (curves.length === 0) return [];
  const notes = [
    notANumber(curves),
    lossJump(curves),
    noForeground(curves),
    ...classNotes(curves, context),
    overfitting(curves),
    flat(curves, context),
    slower(curves),
    best(curves),
    tooShort(curves, context),
  ].filter((note) => note !== undefined);
  const order = { error: 0, warning: 1, info: 2 };
  return notes.sort((a, b) => order[a.severity] - order[b.severity]);
}

/** Epochs are counted from 1 for people, from 0 in nnU-Net's files. */
function shown(epoch: number): number {
  return epoch + 1;
}

function notANumber(curves: TrainingCurves): CurveNote | undefined {
  const epochs = curves.column('epoch');
  const losses = ['trainLoss', 'valLoss'] as const;
  const isBad = epochs.map((_, row) => losses.some((name) => !Number.isFinite(curves.column(name)[row]!)));
  const count = isBad.filter(Boolean).length;
  if (count === 0) return undefined;
  const first = epochs[isBad.indexOf(true)]!;
  const runLength = trailing(isBad);
  if (runLength > 0) {
    const since = epochs[epochs.length - runLength]!;
    return {
      code: 'not-a-number',
      severity: 'error',
      epoch: since,
      text: t(
        'NaN: the loss is not a number since epoch {0}, so the network learns nothing any more. Stop the training and resume it from its best checkpoint with fp32 precision or a lower learning rate.',
        shown(since),
      ),
    };
  }
  return {
    code: 'not-a-number',
    severity: 'warning',
    epoch: first,
    text: t(
      'NaN: the loss was not a number in {0}, the first being epoch {1}. The training recovered.',
      counted(count, 'epoch'),
      shown(first),
    ),
  };
}

/** The training loss leaves its level upwards and stays there. */
function lossJump(curves: TrainingCurves): CurveNote | undefined {
  const loss = curves.column('trainLoss');
  const window = 5;
  if (loss.length < 4 * window) return undefined;
  const best = movingMeans(loss, window).reduce((low, value) => Math.min(low, value), Infinity);
  const start = mean(loss.slice(0, window));
  const now = mean(loss.slice(-window));
  // Half of what was ever gained is lost again.
  if (!(start - best > 0.1) || !(now - best > 0.5 * (start - best))) return undefined;
  let row = loss.length - 1;
  while (row > 0 && !(loss[row - 1]! - best < 0.25 * (start - best))) row -= 1;
  const epoch = curves.column('epoch')[row]!;
  return {
    code: 'loss-jump',
    severity: 'warning',
    epoch,
    text: t(
      'The training loss rose from {0} to {1} around epoch {2} and has not come back: the training has become unstable. A lower learning rate helps.',
      best.toFixed(2),
      now.toFixed(2),
      shown(epoch),
    ),
  };
}

function noForeground(curves: TrainingCurves): CurveNote | undefined {
  const means = curves.column('meanDice');
  const enough = 20;
  if (means.length < enough || means.some((value) => value > 0.01)) return undefined;
  return {
    code: 'no-foreground',
    severity: 'warning',
    text: t(
      'After {0} the pseudo Dice is still 0: the network marks nothing, or nothing right. Check that the labels fit the images.',
      counted(means.length, 'epoch'),
    ),
  };
}

/** Classes that the network does not find, or that never occur, while others do well. */
function classNotes(curves: TrainingCurves, { classNames }: NoteContext): CurveNote[] {
  const window = 30;
  if (curves.length < window || curves.classCount < 2) return [];
  const columns = Array.from({ length: curves.classCount }, (_, index) => curves.classDice(index));
  const recent = columns.map((column) => column.slice(-window).filter((value) => !Number.isNaN(value)));
  const learnsAny = recent.some((values) => values.some((value) => value > 0.1));
  const notes: CurveNote[] = [];
  recent.forEach((values, index) => {
    const name = classNames[index] ?? t('class {0}', index + 1);
    if (columns[index]!.every(Number.isNaN)) {
      notes.push({
        code: 'class-absent',
        severity: 'warning',
        text: t('"{0}" has no Dice in any epoch: none of the validation patches holds it.', name),
      });
    } else if (learnsAny && values.length > 0 && values.every((value) => value < 0.001)) {
      notes.push({
        code: 'class-not-found',
        severity: 'warning',
        text: t(
          '"{0}" is not found: its pseudo Dice has been 0 for {1}. It may be very small, rare or wrongly labelled.',
          name,
          counted(window, 'epoch'),
        ),
      });
    }
  });
  return notes;
}

function overfitting(curves: TrainingCurves): CurveNote | undefined {
  const length = curves.length;
  const span = Math.max(30, Math.round(length / 3));
  if (length < 60) return undefined;
  const from = length - span;
  const valRises = trend(curves.column('valLoss').slice(from));
  const trainRises = trend(curves.column('trainLoss').slice(from));
  if (valRises <= 0.005 || trainRises >= -0.005) return undefined;
  const smoothVal = movingMeans(curves.column('valLoss'), 15);
  const lowest = smoothVal.indexOf(smoothVal.reduce((low, value) => Math.min(low, value), Infinity));
  const epoch = curves.column('epoch')[Math.min(lowest + 7, length - 1)]!;
  const dice = trend(curves.column('meanDice').slice(from));
  const verdict =
    dice < -0.005
      ? t('The pseudo Dice falls as well: more training makes the model worse. Take the best checkpoint, or add cases.')
      : t('The pseudo Dice holds, so this is no harm yet: nnU-Net keeps the best checkpoint.');
  return {
    code: 'overfitting',
    severity: dice < -0.005 ? 'warning' : 'info',
    epoch,
    text: `${t('Validation loss rising while training loss falls, since about epoch {0} (overfitting).', shown(epoch))} ${verdict}`,
  };
}

function flat(curves: TrainingCurves, { plannedEpochs, isRunning }: NoteContext): CurveNote | undefined {
  const ema = curves.column('emaDice');
  let reference = -Infinity;
  let row = 0;
  ema.forEach((value, index) => {
    if (value > reference + improvement) {
      reference = value;
      row = index;
    }
  });
  const length = ema.length - 1 - row;
  // The moving average itself takes some 20 epochs to follow.
  if (length < Math.max(25, 0.05 * ema.length) || !Number.isFinite(reference) || reference <= 0.01) return undefined;
  const epoch = curves.column('epoch')[row]!;
  const left = plannedEpochs === null ? 0 : plannedEpochs - shown(curves.column('epoch').at(-1)!);
  const advice =
    !isRunning || left <= 0
      ? ''
      : t(
          'The falling learning rate often gives a last gain, so the remaining {0} may still help a little.',
          counted(left, 'epoch'),
        );
  return {
    code: 'flat',
    severity: 'info',
    epoch,
    text: [
      t(
        'Flat for {0}: the mean pseudo Dice stays at about {1} since epoch {2}.',
        counted(length, 'epoch'),
        ema.at(-1)!.toFixed(3),
        shown(epoch),
      ),
      advice,
    ]
      .filter(Boolean)
      .join(' '),
  };
}

function slower(curves: TrainingCurves): CurveNote | undefined {
  const seconds = curves.column('seconds').filter((value) => value > 0);
  if (seconds.length < 20) return undefined;
  const usual = median(seconds);
  const recent = median(seconds.slice(-5));
  if (recent < 1.5 * usual || recent - usual < 1) return undefined;
  return {
    code: 'slower',
    severity: 'warning',
    text: t(
      'Epochs take {0} times as long as usual ({1} s instead of {2} s): other programs may be using the same processor or disk.',
      (recent / usual).toFixed(1),
      recent.toFixed(0),
      usual.toFixed(0),
    ),
  };
}

function best(curves: TrainingCurves): CurveNote | undefined {
  const epoch = bestEpoch(curves);
  if (epoch === null) return undefined;
  const row = curves.column('epoch').indexOf(epoch);
  // Where nothing was found in any epoch, none is better than another.
  if (curves.column('emaDice')[row] === 0) return undefined;
  return {
    code: 'best-epoch',
    severity: 'info',
    epoch,
    text: t(
      'Best epoch: {0} of {1}, with a mean pseudo Dice of {2} (moving average).',
      shown(epoch),
      shown(curves.column('epoch').at(-1)!),
      curves.column('emaDice')[row]!.toFixed(3),
    ),
  };
}

/** Still improving when it ended: the commonest mistake of a first training. */
function tooShort(curves: TrainingCurves, { isRunning }: NoteContext): CurveNote | undefined {
  const ema = curves.column('emaDice');
  if (isRunning || ema.length < 5) return undefined;
  const window = Math.max(3, Math.round(ema.length / 10));
  const gain = ema.at(-1)! - ema.slice(0, -window).reduce((high, value) => Math.max(high, value), -Infinity);
  if (!(gain > 5 * improvement)) return undefined;
  return {
    code: 'too-short',
    severity: 'info',
    text: t(
      'Still improving at the end (+{0} in the last {1}): a longer training will give a better model.',
      gain.toFixed(3),
      counted(window, 'epoch'),
    ),
  };
}

/** Length of the run of true values at the end. */
function trailing(values: readonly boolean[]): number {
  const last = values.lastIndexOf(false);
  return values.length - 1 - last;
}

/** How much the values rose from the first third to the last, 0 where that may be chance. */
function trend(values: readonly number[]): number {
  const numbers = values.filter(Number.isFinite);
  const third = Math.floor(numbers.length / 3);
  if (third < 5) return 0;
  const [before, after] = [numbers.slice(0, third), numbers.slice(-third)];
  const difference = mean(after) - mean(before);
  const error = Math.sqrt(variance(before) / third + variance(after) / third);
  return Math.abs(difference) > confidence * error ? difference : 0;
}

function movingMeans(values: readonly number[], window: number): number[] {
  const numbers = values.map((value) => (Number.isFinite(value) ? value : Infinity));
  return Array.from({ length: Math.max(0, values.length - window + 1) }, (_, start) =>
    mean(numbers.slice(start, start + window)),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
