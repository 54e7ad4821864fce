/** What will a cross-validation cost in time, memory and disk? Told before it begins. */
import { t } from '@vscode/l10n';
import type { CrossValidationPart } from '../jobs/missingTrainings';
import { counted } from '../words/counted';
import { gigabytes } from '../pipeline/resources';
import type { ConfigurationChoice } from './configurationFacts';
import { formatDuration } from './duration';
import type { FoldCost } from './foldCosts';
import { table } from './table';

interface PartCost extends CrossValidationPart {
  /** Of all that are missing; undefined where nobody can say. */
  seconds?: number;
  memoryBytes?: number;
  diskBytes?: number;
}

export interface CrossValidationCost {
  parts: PartCost[];
  /** Of the trainings and their validations; preprocessing and comparison come on top. */
  seconds?: number;
  /** Of the greediest training. */
  memoryBytes?: number;
  diskBytes?: number;
}

interface Length {
  epochs: number;
  iterationsPerEpoch?: number;
}

const iterationsOfFullEpoch = 250;

/**
 * @param choices  what is known of each configuration
 * @param folds  what a fold takes besides its training, by configuration
 */
export function crossValidationCost(
  parts: readonly CrossValidationPart[],
  choices: readonly Pick<ConfigurationChoice, 'name' | 'secondsPerEpoch' | 'memoryBytes'>[],
  folds: ReadonlyMap<string, FoldCost>,
  { epochs, iterationsPerEpoch = iterationsOfFullEpoch }: Length,
): CrossValidationCost {
  const costs = parts.map((part): PartCost => {
    const count = part.missing.length;
    const choice = choices.find(({ name }) => name === part.configuration);
    const perEpoch = choice?.secondsPerEpoch;
    const each =
      part.budgetSeconds ??
      (perEpoch === undefined ? undefined : perEpoch * epochs * (iterationsPerEpoch / iterationsOfFullEpoch));
    const fold = folds.get(part.configuration);
    const validations = count + (part.toValidate?.length ?? 0);
    const training = count === 0 ? 0 : each;
    return {
      ...part,
      ...(training !== undefined && {
        seconds: training * count + (fold?.validationSeconds ?? 0) * validations,
      }),
      ...(choice?.memoryBytes !== undefined && count > 0 && { memoryBytes: choice.memoryBytes }),
      ...(fold && { diskBytes: fold.checkpointBytes * count + fold.probabilityBytes * validations }),
    };
  });
  const busy = costs.filter(isBusy);
  return {
    parts: costs,
    ...sumOf('seconds', busy),
    ...sumOf('diskBytes', busy),
    ...(busy.some(({ memoryBytes }) => memoryBytes !== undefined) && {
      memoryBytes: Math.max(...busy.map(({ memoryBytes = 0 }) => memoryBytes)),
    }),
  };
}

const isBusy = ({ missing, toValidate = [] }: CrossValidationPart): boolean => missing.length + toValidate.length > 0;

/** Of all parts, or of none: a sum of what happens to be known would be told for the whole. */
function sumOf<K extends 'seconds' | 'diskBytes'>(key: K, parts: readonly PartCost[]): { [P in K]?: number } {
  const values = parts.map((part) => part[key]);
  if (values.some((value) => value === undefined)) return {};
  return { [key]: values.reduce<number>((sum, value) => sum + value!, 0) } as { [P in K]: number };
}

/** What is there, what is missing and what that costs: a row for each configuration. */
function costTable({ parts }: CrossValidationCost): { heads: string[]; rows: string[][] } {
  const rows = parts.map(({ configuration, ready, missing, toValidate = [], resumed, ...cost }) => [
    configuration,
    ready.length === 0
      ? '-'
      : `${ready.join(', ')}${toValidate.length > 0 ? ` (${t('{0} to validate', toValidate.length)})` : ''}`,
    missing.length === 0
      ? '-'
      : `${missing.join(', ')}${resumed > 0 ? ` (${counted(resumed, 'goes on', 'go on')})` : ''}`,
    ...(missing.length + toValidate.length === 0
      ? ['-', '-', '-']
      : [duration(cost.seconds), bytes(cost.memoryBytes), bytes(cost.diskBytes)]),
  ]);
  const heads = [t('configuration'), t('trained folds'), t('to train'), t('time'), t('memory'), t('disk')];
  return { heads, rows };
}

/** All of it in a sentence. */
export function costLine({ parts, seconds, memoryBytes, diskBytes }: CrossValidationCost): string {
  const total = parts.reduce((sum, { missing }) => sum + missing.length, 0);
  const validations = parts.reduce((sum, { toValidate = [] }) => sum + toValidate.length, 0);
  if (total + validations === 0) return t('All folds are trained: they are compared.');
  const what = [
    ...(total > 0 ? [counted(total, 'training')] : []),
    ...(validations > 0 ? [counted(validations, 'validation')] : []),
  ];
  return t(
    '{0}: {1}. Preprocessing and comparison come on top.',
    what.join(', '),
    [
      seconds === undefined ? t('time unknown') : t('about {0} one after the other', formatDuration(seconds)),
      ...(memoryBytes === undefined ? [] : [t('{0} of memory', gigabytes(memoryBytes))]),
      ...(diskBytes === undefined ? [] : [t('at most {0} of disk', gigabytes(diskBytes))]),
    ].join(', '),
  );
}

/** A sentence for each configuration, where there is no room for a table. */
export function costSentences({ parts }: CrossValidationCost): string[] {
  return parts.map(({ configuration, ready, missing, toValidate = [], seconds, memoryBytes, diskBytes }) => {
    const trained = t('{0}: {1} trained', configuration, counted(ready.length, 'fold'));
    if (missing.length + toValidate.length === 0) return trained;
    const costs = [
      seconds === undefined ? t('time unknown') : t('about {0}', formatDuration(seconds)),
      ...(memoryBytes === undefined ? [] : [t('{0} of memory', gigabytes(memoryBytes))]),
      ...(diskBytes === undefined ? [] : [t('at most {0} of disk', gigabytes(diskBytes))]),
    ].join(', ');
    if (missing.length === 0) return t('{0}, {1} to validate, {2}', trained, toValidate.length, costs);
    return missing.length === 1
      ? t('{0}: fold {1} to train, {2}', configuration, missing[0]!, costs)
      : t('{0}: folds {1} to train, {2}', configuration, missing.join(', '), costs);
  });
}

export function costLines(cost: CrossValidationCost): string[] {
  const { heads, rows } = costTable(cost);
  return [...table(heads, rows), costLine(cost)];
}

const duration = (seconds: number | undefined): string => (seconds === undefined ? '?' : formatDuration(seconds));
const bytes = (count: number | undefined): string => (count === undefined ? '?' : gigabytes(count));
