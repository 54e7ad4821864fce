/** Finds the epochs that a checkpoint knows and the log lacks: whoever wrote the log was killed before it could. */
import type { CheckpointState } from '../engine/checkpointState';
import type { EpochEvent } from '../protocol/events';

interface EpochLength {
  /** Planned; null while a time budget decides. */
  epochs: number | null;
  samples: number;
}

/**
 * @param logged  each once, in order
 * @returns from the first epoch on that is missing or has other values than the checkpoint's: readers take back later ones
 */
export function unloggedEpochs(
  logged: readonly EpochEvent[],
  { epoch: finished, history }: Pick<CheckpointState, 'epoch' | 'history'>,
  { epochs, samples }: EpochLength,
): EpochEvent[] {
  const known = Math.min(finished, history.train_losses.length);
  const valueAt = (list: readonly number[], epoch: number): number | null => {
    const value = list[epoch];
    return value === undefined || !Number.isFinite(value) ? null : value;
  };
  const isLogged = (epoch: number): boolean => {
    const event = logged[epoch];
    return (
      event?.epoch === epoch &&
      event.trainLoss === valueAt(history.train_losses, epoch) &&
      event.meanDice === valueAt(history.mean_fg_dice, epoch)
    );
  };
  let first = 0;
  while (first < known && isLogged(first)) first += 1;
  return Array.from({ length: known - first }, (_, index): EpochEvent => {
    const epoch = first + index;
    const start = history.epoch_start_timestamps[epoch] ?? NaN;
    const end = history.epoch_end_timestamps[epoch] ?? NaN;
    const seconds = Number.isFinite(end - start) ? Math.max(0, end - start) : 0;
    return {
      type: 'epoch',
      time: new Date(Number.isFinite(end) ? end * 1000 : Date.now()).toISOString(),
      epoch,
      epochs,
      // Types say number; the core writes null where there was none, as here.
      trainLoss: valueAt(history.train_losses, epoch) as number,
      valLoss: valueAt(history.val_losses, epoch) as number,
      dice: (history.dice_per_class_or_region[epoch] ?? []).map((value) => (Number.isFinite(value) ? value : null)),
      meanDice: valueAt(history.mean_fg_dice, epoch),
      emaDice: valueAt(history.ema_fg_dice, epoch),
      learningRate: valueAt(history.lrs, epoch) ?? 0,
      seconds,
      samplesPerSecond: seconds > 0 ? samples / seconds : 0,
    };
  });
}
