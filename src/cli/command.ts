/** What a command of `nnunet` declares about itself; help, parsing and dispatch follow from it. */
import type { ParsedArguments } from './parsedArguments';
import type { Output } from './output';

type OptionKind = 'flag' | 'text' | 'integer' | 'number' | 'duration' | 'list';

export interface OptionSpec {
  /** Without the dashes: "configuration" is given as --configuration. */
  name: string;
  /** One letter: "c" is given as -c. */
  alias?: string;
  kind: OptionKind;
  /** What stands for the value in help, e.g. "CONFIG". */
  value?: string;
  choices?: readonly string[];
  /** What is taken besides the choices; `choices` or `value` says so in help. */
  alsoTaken?: RegExp;
  required?: boolean;
  /** Smallest allowed number. */
  min?: number;
  /** True: the smallest number itself is not allowed either. */
  exclusiveMin?: boolean;
  max?: number;
  description: string;
}

interface ArgumentSpec {
  name: string;
  description: string;
  optional?: boolean;
}

export interface CommandContext {
  output: Output;
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal;
}

export interface Command {
  name: string;
  /** Names that it had before; help leaves them out. */
  aliases?: readonly string[];
  /** One line for the list of commands. */
  summary: string;
  /** What it does and leaves behind, for someone who has never used it. */
  description: string;
  arguments: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  examples: readonly { command: string; explains: string }[];
  /** @returns the exit code; undefined means 0 */
  run(parsed: ParsedArguments, context: CommandContext): Promise<number | void>;
}

/** Options that every command takes. */
export const commonOptions: readonly OptionSpec[] = [
  {
    name: 'root',
    kind: 'text',
    value: 'DIR',
    description:
      'folder that holds nnUNet_raw, nnUNet_preprocessed and nnUNet_results (default: the environment variables of these names, else the current folder)',
  },
  {
    name: 'json',
    kind: 'flag',
    description: 'print the result as JSON on stdout, and what happens as events on stderr, one JSON object in a line',
  },
  { name: 'verbose', kind: 'flag', description: 'show the full trace of an unexpected error' },
  { name: 'help', alias: 'h', kind: 'flag', description: 'show this help' },
];
