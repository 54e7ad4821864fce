/** What will a cross-validation cost in time, memory and disk? Told before it begins. */
import { t } from '@vscode/l10n';
import type { CrossValidationPart } from '../jobs/missingTrainings';
import { counted } from '../words/counted';
import { gigabytes } from '../pipeline/resources';
import type { ConfigurationChoice } from './configurationFacts';
import { formatDuration } from './duration';
import { table } from './table';

interface PartCost extends CrossValidationPart {
  /** Of all that are missing; undefined where nobody can say. */
  seconds?: number;
  memoryBytes?: number;
  diskBytes?: number;
}

export interface CrossValidationCost {
  parts: PartCost[];
  /** Of the trainings; validation and comparison come on top. */
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
 * @param disk  bytes that one trained fold takes, by configuration
 */
export function crossValidationCost(
  parts: readonly CrossValidationPart[],
  choices: readonly Pick<ConfigurationChoice, 'name' | 'secondsPerEpoch' | 'memoryBytes'>[],
  disk: ReadonlyMap<string, number>,
  { epochs, iterationsPerEpoch = iterationsOfFullEpoch }: Length,
): CrossValidationCost {
  const costs = parts.map((part): PartCost => {
    const count = part.missing.length;
    const choice = choices.find(({ name }) => name === part.configuration);
    const perEpoch = choice?.secondsPerEpoch;
    const each =
      part.budgetSeconds ??
      (perEpoch === undefined ? undefined : perEpoch * epochs * (iterationsPerEpoch / iterationsOfFullEpoch));
    const bytes = disk.get(part.configuration);
    return {
      ...part,
      ...(each !== undefined && { seconds: each * count }),
      ...(choice?.memoryBytes !== undefined && count > 0 && { memoryBytes: choice.memoryBytes }),
      ...(bytes !== undefined && { diskBytes: bytes * count }),
    };
  });
  const busy = costs.filter(({ missing }) => missing.length > 0);
  return {
    parts: costs,
    ...sumOf('seconds', busy),
    ...sumOf('diskBytes', busy),
    ...(busy.some(({ memoryBytes }) => memoryBytes !== undefined) && {
      memoryBytes: Math.max(...busy.map(({ memoryBytes = 0 }) => memoryBytes)),
    }),
  };
}

/** Of all parts, or of none: a sum of what happens to be known would be told for the whole. */
function sumOf<K extends 'seconds' | 'diskBytes'>(key: K, parts: readonly PartCost[]): { [P in K]?: number } {
  const values = parts.map((part) => part[key]);
  if (values.some((value) => value === undefined)) return {};
  return { [key]: values.reduce<number>((sum, value) => sum + value!, 0) } as { [P in K]: number };
}

export function costLines({ parts, seconds, memoryBytes, diskBytes }: CrossValidationCost): string[] {
  const rows = parts.map(({ configuration, ready, missing, resumed, ...cost }) => [
    configuration,
    ready.length === 0 ? '-' : ready.join(', '),
    missing.length === 0
      ? '-'
      : `${missing.join(', ')}${resumed > 0 ? ` (${counted(resumed, 'goes on', 'go on')})` : ''}`,
    ...(missing.length === 0
      ? ['-', '-', '-']
      : [duration(cost.seconds), bytes(cost.memoryBytes), bytes(cost.diskBytes)]),
  ]);
  const total = parts.reduce((sum, { missing }) => sum + missing.length, 0);
  const whole =
    total === 0
      ? t('All folds are trained: they are compared.')
      : t(
          '{0}: {1}. Preprocessing, validation and comparison come on top.',
          counted(total, 'training'),
          [
            seconds === undefined ? t('time unknown') : t('about {0} one after the other', formatDuration(seconds)),
            ...(memoryBytes === undefined ? [] : [t('{0} of memory', gigabytes(memoryBytes))]),
            ...(diskBytes === undefined ? [] : [t('{0} of disk for checkpoints', gigabytes(diskBytes))]),
          ].join(', '),
        );
  return [...table(['configuration', t('trained folds'), t('to train'), 'time', 'memory', 'disk'], rows), whole];
}

const duration = (seconds: number | undefined): string => (seconds === undefined ? '?' : formatDuration(seconds));
const bytes = (count: number | undefined): string => (count === undefined ? '?' : gigabytes(count));
