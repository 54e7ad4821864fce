/** How long is trained: options of the commands that train. */
import { UsageError } from '../../method/errors';
import type { OptionSpec } from '../command';
import type { ParsedArguments } from '../parsedArguments';

interface LengthWords {
  epochs: string;
  budget: string;
  /** Where a budget is short. */
  shortly: string;
}

export function lengthOptions({ epochs, budget, shortly }: LengthWords): readonly OptionSpec[] {
  return [
    { name: 'epochs', kind: 'integer', value: 'N', min: 1, max: 1000000, description: `${epochs} (default 1000)` },
    { name: 'budget', kind: 'duration', value: 'TIME', description: `train for this long instead, ${budget}` },
    {
      name: 'iterations-per-epoch',
      kind: 'integer',
      value: 'N',
      min: 1,
      max: 100000,
      description: `training steps in an epoch (default 250; 50 for ${shortly})`,
    },
  ];
}

/** @param otherwise  what is taken where it is not given */
export function seedOption(otherwise: string): OptionSpec {
  const description = `same seed and threads, same result (default: ${otherwise})`;
  return { name: 'seed', kind: 'integer', value: 'S', min: 0, max: 2 ** 31 - 1, description };
}

/** @throws UsageError `conflicting-options` */
export function requireOneLength(parsed: ParsedArguments): void {
  if (!parsed.has('epochs') || !parsed.has('budget')) return;
  throw new UsageError('conflicting-options', '--epochs and --budget were both given', {
    hint: 'Give one of them: a number of epochs or a length of time.',
  });
}
