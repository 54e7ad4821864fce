/** Options that mean the same in several commands: which configuration and folds, how many cases at a time, where the masks go. */
import { defaultTrainer } from '../../dataset/results';
import { defaultPlansName } from '../../pipeline/plan';
import type { OptionSpec } from '../command';

/** @param otherwise  in words, what is taken where it is not given */
export function workersOption(what = 'cases at a time', otherwise = 'one for each core'): OptionSpec {
  const description = `${what} (default: ${otherwise})`;
  return { name: 'workers', kind: 'integer', value: 'N', min: 1, max: 256, description };
}

/** One, or several to be taken together. */
export function configurationOption(
  description: string,
  { kind = 'list', required = false }: { kind?: 'text' | 'list'; required?: boolean } = {},
): OptionSpec {
  return { name: 'configuration', alias: 'c', kind, value: 'CONFIG', required, description };
}

export function foldsOption(description: string): OptionSpec {
  return { name: 'folds', alias: 'f', kind: 'list', value: 'FOLDS', description };
}

export const plansOption: OptionSpec = {
  name: 'plans',
  alias: 'p',
  kind: 'text',
  value: 'NAME',
  description: `plans to follow (default ${defaultPlansName})`,
};

export const masksOption: OptionSpec = {
  name: 'output',
  alias: 'o',
  kind: 'text',
  value: 'FOLDER',
  required: true,
  description: 'where the label maps go',
};

/** Which of a dataset's models are meant, besides their configurations. */
export const modelOptions: readonly OptionSpec[] = [
  {
    name: 'plans',
    alias: 'p',
    kind: 'list',
    value: 'NAME',
    description: `plans of the models (default ${defaultPlansName})`,
  },
  {
    name: 'trainer',
    kind: 'list',
    value: 'NAME',
    description: `trainers of the models (default ${defaultTrainer})`,
  },
];

/** @param drawn  what of */
export function picturesOption(drawn: string, otherwise: number): OptionSpec {
  const description = `${drawn} (default: ${otherwise})`;
  return { name: 'pictures', kind: 'integer', value: 'N', min: 0, max: 1000, description };
}
