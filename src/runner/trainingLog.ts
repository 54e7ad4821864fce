/** training_log_….txt: the epochs in nnU-Net's own words, for people and scripts that read them there. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochEvent } from '../protocol/events';

export class TrainingLog {
  private readonly file: string;
  private best: number | undefined;

  /** @param best  the best EMA Dice so far, in a resumed training */
  constructor(foldFolder: string, startedAt: Date, best?: number) {
    const clock = [startedAt.getHours(), startedAt.getMinutes(), startedAt.getSeconds()].map(twoDigits).join('_');
    const day = [startedAt.getFullYear(), startedAt.getMonth() + 1, startedAt.getDate()].join('_');
    this.file = join(foldFolder, `training_log_${day}_${clock}.txt`);
    this.best = best;
  }

  line(text: string): void {
    appendFileSync(this.file, `${stamp(new Date())}: ${text} \n`);
  }

  epoch(event: EpochEvent): void {
    this.line('');
    this.line(`Epoch ${event.epoch}`);
    this.line(`Current learning rate: ${rounded(event.learningRate, 5)}`);
    this.line(`train_loss ${rounded(event.trainLoss, 4)}`);
    this.line(`val_loss ${rounded(event.valLoss, 4)}`);
    this.line(`Pseudo dice [${event.dice.map((value) => rounded(value, 4)).join(', ')}]`);
    this.line(`Epoch time: ${rounded(event.seconds, 2)} s`);
    if (event.emaDice !== null && (this.best === undefined || event.emaDice > this.best)) {
      this.best = event.emaDice;
      this.line(`Yayy! New best EMA pseudo Dice: ${rounded(event.emaDice, 4)}`);
    }
  }
}

function rounded(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return 'nan';
  const text = String(Number(value.toFixed(digits)));
  return text.includes('.') || text.includes('e') ? text : `${text}.0`;
}

function stamp(date: Date): string {
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')}000`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
