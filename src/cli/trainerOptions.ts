/** The options of `nnunet train` that choose nnU-Net's trainer class, by name or by what it does. */
import { requireTrainer, trainerFor, settingsWith, type TrainerSettings } from '../method/trainerVariants';
import { defaultTrainer } from '../dataset/results';
import { settingOf, trainingSettings } from '../pipeline/trainingSettings';
import type { OptionSpec } from './command';
import type { ParsedArguments } from './parsedArguments';

export const trainerOptions: readonly OptionSpec[] = [
  {
    name: 'trainer',
    kind: 'text',
    value: 'NAME',
    description:
      'trainer class of nnU-Net whose settings are taken, such as nnUNetTrainerNoMirroring or nnUNetTrainer_250epochs; the options below take their place one by one',
  },
  ...trainingSettings.map(
    ({ option, kind, value, choices, isShare, min, exclusiveMin, max, description }): OptionSpec => {
      const numbers = {
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
        ...(exclusiveMin && { exclusiveMin }),
      };
      return {
        name: option,
        kind: kind === 'off' ? 'flag' : kind,
        ...(value !== undefined && { value }),
        ...(choices && { choices }),
        ...(isShare && { alsoTaken: /^(0(\.\d+)?|\.\d+|1(\.0*)?)$/ }),
        ...numbers,
        description,
      };
    },
  ),
];

interface ChosenTrainer {
  /** Of the folder that the model goes to. */
  trainer: string;
  settings: TrainerSettings;
  /** That the class stands for. */
  epochs?: number;
}

/** @throws UsageError `trainer-unknown` */
export function chosenTrainer(parsed: ParsedArguments): ChosenTrainer {
  const base = parsed.text('trainer') ?? defaultTrainer;
  const { epochs } = requireTrainer(base);
  const asked = askedSettings(parsed);
  const { name, isExact } = trainerFor(asked, base);
  return { trainer: name, settings: isExact ? asked : settingsWith(base, asked), epochs };
}

function askedSettings(parsed: ParsedArguments): TrainerSettings {
  const given = trainingSettings.flatMap((setting): [string, unknown][] => {
    const { key, option, kind } = setting;
    if (!parsed.has(option)) return [];
    if (kind === 'off') return [[key, false]];
    return [[key, settingOf(setting, kind === 'text' ? parsed.text(option)! : parsed.number(option)!)]];
  });
  return Object.fromEntries(given);
}
