/** What "Train nnU-Net" asks and what follows from the answers: the choices, their words, and the runs that come of them. */
import { t } from '@vscode/l10n';
import type { Fold } from '../dataset/results';
import type { DatasetReference } from '../dataset/references';
import { defaultPlansName } from '../pipeline/plan';
import { gigabytes } from '../pipeline/resources';
import { formatDuration, parseDuration } from './duration';
import type { RunRequest, TrainOptions } from '../jobs/runFolder';
import type { ConfigurationChoice } from './configurationFacts';
import { trainerFor } from '../method/trainerVariants';
import { counted } from '../words/counted';

/** Without `iterationsPerEpoch`: as many as nnU-Net's recipe has. */
export type TrainingLength = { epochs: number; iterationsPerEpoch?: number } | { budgetSeconds: number };

interface LengthChoice {
  id: 'quick' | 'hour' | 'overnight' | 'full';
  label: string;
  description: string;
  length: TrainingLength;
}

/** Answers of the last time, for one dataset. */
export interface LastChoices {
  configuration?: string;
  length?: TrainingLength;
  folds?: Fold[];
}

const quickLookSeconds = 10 * 60;
export const fullEpochs = 1000;

/** The lengths that are offered. @param pace  of the chosen configuration, where it is known */
export function lengthChoices({
  secondsPerEpoch,
  isMeasured,
}: Pick<ConfigurationChoice, 'secondsPerEpoch' | 'isMeasured'> = {}): LengthChoice[] {
  const time = secondsPerEpoch === undefined ? undefined : roughDuration(secondsPerEpoch * fullEpochs);
  return [
    {
      id: 'quick',
      label: t('Quick look'),
      description: t('10 minutes: does it learn anything? A first mask to look at'),
      length: { budgetSeconds: quickLookSeconds },
    },
    {
      id: 'hour',
      label: t('1 hour'),
      description: t('often usable for large, clear structures'),
      length: { budgetSeconds: 3600 },
    },
    {
      id: 'overnight',
      label: t('Overnight'),
      description: t('10 hours'),
      length: { budgetSeconds: 10 * 3600 },
    },
    {
      id: 'full',
      label: t('Full training: {0}', counted(fullEpochs, 'epoch')),
      description: fullTime(time, isMeasured),
      length: { epochs: fullEpochs },
    },
  ];
}

function fullTime(time: string | undefined, isMeasured = false): string {
  if (time === undefined) return t('as nnU-Net trains');
  return isMeasured
    ? t('as nnU-Net trains; about {0} as fast as earlier trainings here', time)
    : t("as nnU-Net trains; about {0} on this machine's processor", time);
}

/** "300", "300 epochs", "100 epochs of 50" (iterations), "45m", "1h30m". @throws UsageError `bad-duration` */
export function parseLength(text: string): TrainingLength {
  const [, epochs, iterations] =
    /^\s*(\d{1,7})\s*(?:epochs?)?\s*(?:(?:of|x|×)\s*(\d{1,6})\s*(?:iterations?)?)?\s*$/i.exec(text) ?? [];
  if (Number(epochs) > 0 && iterations === undefined) return { epochs: Number(epochs) };
  if (Number(epochs) > 0 && Number(iterations) > 0)
    return { epochs: Number(epochs), iterationsPerEpoch: Number(iterations) };
  return { budgetSeconds: parseDuration(text.trim(), 'number of epochs or length of time') };
}

export function describeLength(length: TrainingLength): string {
  if (!('epochs' in length)) return formatDuration(length.budgetSeconds);
  const { epochs, iterationsPerEpoch } = length;
  const many = counted(epochs, 'epoch');
  return iterationsPerEpoch === undefined ? many : t('{0} of {1}', many, counted(iterationsPerEpoch, 'iteration'));
}

/** What a configuration's line says below its name. */
export function configurationDetail(choice: ConfigurationChoice): string {
  const parts: string[] = [];
  if (choice.secondsPerEpoch !== undefined) {
    const time = roughDuration(choice.secondsPerEpoch);
    parts.push(choice.isMeasured ? t('about {0} an epoch, as measured here', time) : t('about {0} an epoch', time));
  }
  if (choice.memoryBytes !== undefined) parts.push(t('about {0} of memory', gigabytes(choice.memoryBytes)));
  if (choice.patchSize.length > 0) {
    const patch = [choice.patchSize.join('×'), choice.batchSize ?? ''] as const;
    parts.push(choice.isLikely ? t('probably patch {0}, batch {1}', ...patch) : t('patch {0}, batch {1}', ...patch));
  }
  return parts.join(' · ');
}

/** One run for each fold. */
export function trainingRequests(
  dataset: DatasetReference,
  answers: { configuration: string; length: TrainingLength; folds: readonly Fold[]; plans?: string },
  options: Partial<TrainOptions> = {},
): RunRequest[] {
  return answers.folds.map((fold) => ({
    dataset: dataset.folderName,
    folders: { raw: dataset.raw, preprocessed: dataset.preprocessed, results: dataset.results },
    configuration: answers.configuration,
    fold,
    plans: answers.plans ?? defaultPlansName,
    trainer: trainerFor(options).name,
    options: {
      device: 'auto',
      precision: 'auto',
      npz: false,
      validate: true,
      resume: false,
      ...options,
      ...answers.length,
    },
  }));
}

/**
 * The same training once more: what is left of it, or `length` (epochs: the new total; time: from now on).
 * @param checkpoint  to go on from; the one trained longest where none is named
 */
export function resumeRequest(record: RunRequest, length?: TrainingLength, checkpoint?: string): RunRequest {
  const { options, dataset, folders, configuration, fold, plans, trainer } = record;
  const {
    epochs: _epochs,
    budgetSeconds: _budget,
    pretrained: _pretrained,
    from: _from,
    checkpoint: _earlier,
    ...lasting
  } = options;
  const resumed = { ...lasting, ...length, resume: true, ...(checkpoint !== undefined && { checkpoint }) };
  return { dataset, folders, configuration, fold, plans, trainer, options: resumed };
}

/** Moves what was chosen last time to the front, the rest stays in order. */
export function lastFirst<T>(choices: readonly T[], isLast: (choice: T) => boolean): T[] {
  return [...choices.filter(isLast), ...choices.filter((choice) => !isLast(choice))];
}

export function sameLength(a: TrainingLength, b: TrainingLength | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/** An estimate in one unit: more would promise too much. */
export function roughDuration(seconds: number): string {
  const [size, unit] =
    seconds < 90
      ? [1, 'second']
      : seconds < 90 * 60
        ? [60, 'minute']
        : seconds < 36 * 3600
          ? [3600, 'hour']
          : seconds < 60 * 86400
            ? [86400, 'day']
            : [30 * 86400, 'month'];
  return counted(Math.max(1, Math.round(seconds / size)), unit);
}
