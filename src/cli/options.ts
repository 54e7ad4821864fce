/** What may stand behind each option that a command declares? Commander reads the words; the values are checked here. */
import { Option } from 'commander';
import { didYouMean } from '../method/closest';
import { UsageError } from '../method/errors';
import { parseDuration } from '../runs/duration';
import type { OptionSpec } from './command';

/** @param advice  ends every complaint that has no better one */
export function commanderOption(spec: OptionSpec, advice: string): Option {
  const names = optionNames(spec);
  if (spec.kind === 'flag') return new Option(names, spec.description);
  const option = new Option(`${names} ${spec.kind === 'list' ? '<value...>' : '<value>'}`, spec.description);
  return option.argParser((text: string, earlier: unknown) => {
    // Commander takes any word for the value, the next option, too.
    if (text === '' || looksLikeOption(text)) throw missingValue(spec, advice);
    if (spec.kind === 'list') return [...((earlier as string[] | undefined) ?? []), text];
    if (earlier !== undefined)
      throw new UsageError('repeated-option', `--${spec.name} is given twice`, { hint: 'Give it once.' });
    return convert(spec, text);
  });
}

export function optionNames(spec: OptionSpec): string {
  return spec.alias ? `-${spec.alias}, --${spec.name}` : `--${spec.name}`;
}

export function missingValue(spec: OptionSpec, advice: string): UsageError {
  const name = spec.alias ? `-${spec.alias}` : `--${spec.name}`;
  return new UsageError('missing-value', `${name} needs a value${spec.value ? ` (${spec.value})` : ''}`, {
    hint: advice,
  });
}

/** "-1" and "-0.5" are values, "-" alone is one too. */
function looksLikeOption(word: string): boolean {
  return word.startsWith('-') && word !== '-' && !/^-[\d.]/.test(word);
}

function convert(spec: OptionSpec, text: string): string | number {
  if (spec.kind === 'duration') return parseDuration(text);
  if (spec.kind === 'text') {
    if (spec.choices && !spec.choices.includes(text) && !spec.alsoTaken?.test(text)) {
      throw new UsageError('bad-value', `--${spec.name} can't be "${text}"`, {
        hint: [didYouMean(text, spec.choices), `It is one of ${spec.choices.join(', ')}.`].filter(Boolean).join(' '),
      });
    }
    return text;
  }
  const whole = spec.kind === 'integer';
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  const { min = -Infinity, max = Infinity } = spec;
  const tooSmall = spec.exclusiveMin ? value <= min : value < min;
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value)) || tooSmall || value > max) {
    throw new UsageError('bad-value', `--${spec.name} can't be "${text}"`, { hint: `Give ${numberRange(spec)}.` });
  }
  return value;
}

function numberRange({ kind, min, max, exclusiveMin }: OptionSpec): string {
  const noun = kind === 'integer' ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined)
    return `${noun} ${exclusiveMin ? 'above' : 'from'} ${min} ${exclusiveMin ? 'up ' : ''}to ${max}`;
  if (min !== undefined) return exclusiveMin ? `${noun} above ${min}` : `${noun}, ${min} or more`;
  return noun;
}
