/** Turns the words behind a command into arguments and options, strictly: what isn't declared is an error with advice. */
import { UsageError } from '../method/errors';
import { commonOptions, type Command, type OptionSpec } from './command';
import { ParsedArguments, type OptionValue } from './parsedArguments';
import { parseDuration } from '../runs/duration';
import { didYouMean } from '../method/closest';

export function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

/** @throws UsageError `unknown-option`, `missing-value`, `bad-value`, `missing-option`, `missing-argument`, … */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const specs = [...command.options, ...commonOptions];
  const positionals: string[] = [];
  const values = new Map<string, OptionValue>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '--') {
      positionals.push(...words.slice(at + 1));
      break;
    }
    if (!looksLikeOption(word)) {
      positionals.push(word);
      continue;
    }
    const { spec, inline } = findOption(command, specs, word);
    if (values.has(spec.name)) {
      throw new UsageError('repeated-option', `--${spec.name} is given twice`, { hint: 'Give it once.' });
    }
    if (spec.kind === 'flag') {
      if (inline !== undefined)
        throw new UsageError('unexpected-value', `--${spec.name} takes no value`, { hint: helpHint(command) });
      values.set(spec.name, true);
      continue;
    }
    const taken = inline !== undefined ? [inline] : valuesAfter(words, at, spec.kind === 'list');
    if (taken.length === 0 || taken[0] === '') {
      throw new UsageError('missing-value', `${word} needs a value${spec.value ? ` (${spec.value})` : ''}`, {
        hint: helpHint(command),
      });
    }
    if (inline === undefined) at += taken.length;
    values.set(spec.name, spec.kind === 'list' ? taken : convert(spec, taken[0]!));
  }
  checkArguments(command, positionals);
  for (const spec of command.options) {
    if (spec.required && !values.has(spec.name)) {
      throw new UsageError('missing-option', `${optionNames(spec)} is missing`, { hint: helpHint(command) });
    }
  }
  return new ParsedArguments(positionals, values);
}

export function optionNames(spec: OptionSpec): string {
  return spec.alias ? `-${spec.alias}, --${spec.name}` : `--${spec.name}`;
}

/** "-1" and "-0.5" are values, "-" alone is one too. */
function looksLikeOption(word: string): boolean {
  return word.startsWith('-') && word !== '-' && !/^-[\d.]/.test(word);
}

function valuesAfter(words: readonly string[], at: number, many: boolean): string[] {
  const taken: string[] = [];
  for (const word of words.slice(at + 1)) {
    if (looksLikeOption(word) || (!many && taken.length === 1)) break;
    taken.push(word);
  }
  return taken;
}

function findOption(
  command: Command,
  specs: readonly OptionSpec[],
  word: string,
): { spec: OptionSpec; inline: string | undefined } {
  const equals = word.indexOf('=');
  const given = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? undefined : word.slice(equals + 1);
  const spec = given.startsWith('--')
    ? specs.find(({ name }) => `--${name}` === given)
    : specs.find(({ alias }) => alias !== undefined && `-${alias}` === given);
  if (spec) return { spec, inline };
  const suggestion = didYouMean(
    given.replace(/^-+/, '').replace(/_/g, '-'),
    specs.map(({ name }) => name),
    '--',
  );
  throw new UsageError('unknown-option', `"${given}" is not an option of nnunet ${command.name}`, {
    hint: suggestion || helpHint(command),
  });
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

function checkArguments(command: Command, positionals: readonly string[]): void {
  const missing = command.arguments[positionals.length];
  if (missing && !missing.optional) {
    throw new UsageError('missing-argument', `${missing.name} is missing`, { hint: helpHint(command) });
  }
  const extra = positionals[command.arguments.length];
  if (extra !== undefined) {
    throw new UsageError('extra-argument', `"${extra}" is one argument too many for nnunet ${command.name}`, {
      hint: helpHint(command),
    });
  }
}

function helpHint(command: Command): string {
  return `See "nnunet ${command.name} --help".`;
}
