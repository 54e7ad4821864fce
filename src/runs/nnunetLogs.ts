/** Reads the records that nnU-Net itself leaves of a training: training_log_….txt and the logger's progress.csv. */
import type { EpochRow } from './trainingCurves';

/** Understands the lines of nnU-Net's training_log_….txt, one at a time. */
export class TrainingLogParser {
  private row: EpochRow | undefined;
  /** Mean Dice of the final validation, once the log tells it. */
  validationDice: number | undefined;
  isComplete = false;

  /** @returns an epoch when this line completes it */
  line(text: string): EpochRow | undefined {
    const [, content = ''] = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?: )?(.*?)\s*$/.exec(text) ?? [];
    const epoch = /^Epoch (\d+)$/.exec(content);
    if (epoch) {
      this.row = emptyRow(Number(epoch[1]));
      return undefined;
    }
    const mean = /^Mean Validation Dice:\s+(\S+)/.exec(content);
    if (mean) this.validationDice = pythonNumber(mean[1]!);
    if (content.startsWith('Validation complete')) this.isComplete = true;
    return this.row ? this.value(this.row, content) : undefined;
  }

  private value(row: EpochRow, content: string): EpochRow | undefined {
    const named = /^(Current learning rate:|train_loss|val_loss|Epoch time:)\s+(\S+)/.exec(content);
    switch (named?.[1]) {
      case 'Current learning rate:':
        row.learningRate = pythonNumber(named[2]!);
        return undefined;
      case 'train_loss':
        row.trainLoss = pythonNumber(named[2]!);
        return undefined;
      case 'val_loss':
        row.valLoss = pythonNumber(named[2]!);
        return undefined;
      case 'Epoch time:':
        row.seconds = pythonNumber(named[2]!);
        this.row = undefined;
        return row;
      default:
    }
    const dice = /^Pseudo dice \[(.*)\]/.exec(content);
    if (dice) {
      row.dice = pythonList(dice[1]!);
      row.meanDice = meanOfNumbers(row.dice);
    }
    return undefined;
  }
}

/** Understands a progress.csv (the logger's values, one line an epoch), line by line. */
export class ProgressCsvParser {
  private names: string[] | undefined;

  /** @throws never: a line that is no epoch gives undefined */
  line(text: string): EpochRow | undefined {
    if (text.trim() === '') return undefined;
    const cells = splitCsv(text);
    if (!this.names) {
      this.names = cells.map((cell) => cell.trim());
      return undefined;
    }
    const cell = (name: string): string => cells[this.names!.indexOf(name)] ?? '';
    const epoch = pythonNumber(cell('Epoch') || cell('epoch'));
    if (!Number.isInteger(epoch) || epoch < 0) return undefined;
    return {
      epoch,
      trainLoss: pythonNumber(cell('train_losses')),
      valLoss: pythonNumber(cell('val_losses')),
      dice: pythonList(cell('dice_per_class_or_region').replace(/^\[|\]$/g, '')),
      meanDice: pythonNumber(cell('mean_fg_dice')),
      emaDice: pythonNumber(cell('ema_fg_dice')),
      learningRate: pythonNumber(cell('lrs')),
      seconds: pythonNumber(cell('epoch_end_timestamps')) - pythonNumber(cell('epoch_start_timestamps')),
    };
  }
}

function emptyRow(epoch: number): EpochRow {
  return {
    epoch,
    trainLoss: NaN,
    valLoss: NaN,
    dice: [],
    meanDice: NaN,
    emaDice: NaN,
    learningRate: NaN,
    seconds: NaN,
  };
}

/** "0.5", "nan", "np.float32(0.5)"; numpy 2 prints its scalars the last way. */
function pythonNumber(text: string): number {
  const [, inner = text] = /^np\.float\d+\((.*)\)$/.exec(text.trim()) ?? [];
  const trimmed = inner.trim();
  if (/^-?inf$/.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity;
  return trimmed === '' ? NaN : Number(trimmed);
}

function pythonList(text: string): number[] {
  return text.trim() === '' ? [] : text.split(/,\s*|\s+/).map(pythonNumber);
}

function meanOfNumbers(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function splitCsv(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (const letter of line) {
    if (letter === '"') isQuoted = !isQuoted;
    else if (letter === ',' && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  return [...cells, cell];
}
