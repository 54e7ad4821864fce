/** Turns the words behind a command into arguments and options, strictly: what isn't declared is an error with advice. */
import { Command as Commander, CommanderError } from 'commander';
import { didYouMean } from '../method/closest';
import { UsageError } from '../method/errors';
import { commonOptions, type Command, type OptionSpec } from './command';
import { commanderOption, missingValue, optionNames } from './options';
import { ParsedArguments } from './parsedArguments';

export function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

/** @throws UsageError `unknown-option`, `missing-value`, `bad-value`, `missing-option`, `missing-argument`, … */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const specs = [...command.options, ...commonOptions];
  const advice = `See "nnunet ${command.name} --help".`;
  const reader = new Commander(command.name).helpOption(false).exitOverride();
  reader.configureOutput({ writeErr: () => undefined });
  for (const spec of specs) reader.addOption(commanderOption(spec, advice));
  const { operands, unknown } = readWords(reader, words, specs, advice);
  if (unknown[0] !== undefined) throw unknownOption(command, specs, unknown[0], advice);
  checkArguments(command, operands, listThatTook(reader, specs) ?? advice, advice);
  for (const spec of command.options) {
    if (spec.required && reader.getOptionValue(attributeOf(reader, spec)) === undefined)
      throw new UsageError('missing-option', `${optionNames(spec)} is missing`, { hint: advice });
  }
  return new ParsedArguments(operands, reader);
}

function readWords(
  reader: Commander,
  words: readonly string[],
  specs: readonly OptionSpec[],
  advice: string,
): { operands: string[]; unknown: string[] } {
  try {
    return reader.parseOptions([...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The only complaint of its own while it reads: nothing comes behind the last word, an option that needs a value.
    const last = specOf(specs, words.at(-1)!);
    throw last ? missingValue(last, advice) : new UsageError('bad-usage', error.message, { hint: advice });
  }
}

function attributeOf(reader: Commander, spec: OptionSpec): string {
  return reader.options.find(({ long }) => long === `--${spec.name}`)!.attributeName();
}

function specOf(specs: readonly OptionSpec[], given: string): OptionSpec | undefined {
  return specs.find(({ name, alias }) => given === `--${name}` || (alias !== undefined && given === `-${alias}`));
}

function unknownOption(command: Command, specs: readonly OptionSpec[], word: string, advice: string): UsageError {
  const given = word.split('=', 1)[0]!;
  const flag = specOf(specs, given);
  if (flag) return new UsageError('unexpected-value', `--${flag.name} takes no value`, { hint: advice });
  const suggestion = didYouMean(
    given.replace(/^-+/, '').replace(/_/g, '-'),
    specs.map(({ name }) => name),
    '--',
  );
  return new UsageError('unknown-option', `"${given}" is not an option of nnunet ${command.name}`, {
    hint: suggestion || advice,
  });
}

/** Options that take several values take what stands behind those, too: -f 0 4 are two folds, and no dataset. */
function listThatTook(reader: Commander, specs: readonly OptionSpec[]): string | undefined {
  const took = specs.flatMap((spec) => {
    const values = spec.kind === 'list' ? (reader.getOptionValue(attributeOf(reader, spec)) as string[]) : undefined;
    const name = spec.alias === undefined ? `--${spec.name}` : `-${spec.alias}`;
    return (values?.length ?? 0) > 1 ? [`${name} ${values!.join(' ')}`] : [];
  });
  if (took.length === 0) return undefined;
  return `"${took.join('" and "')}" took every word behind it: put what is no option before the options.`;
}

function checkArguments(
  command: Command,
  positionals: readonly string[],
  adviceOnMissing: string,
  advice: string,
): void {
  const missing = command.arguments[positionals.length];
  if (missing && !missing.optional) {
    throw new UsageError('missing-argument', `${missing.name} is missing`, { hint: adviceOnMissing });
  }
  const extra = positionals[command.arguments.length];
  if (extra !== undefined) {
    throw new UsageError('extra-argument', `"${extra}" is one argument too many for nnunet ${command.name}`, {
      hint: advice,
    });
  }
}
