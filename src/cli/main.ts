/** Runs one command from the words of a command line and turns what happens into messages and an exit code. */
import { packageVersion } from '../engine/locate';
import { RunError, UsageError } from '../method/errors';
import type { Command } from './command';
import { commandHelp, overview } from './help';
import { Output } from './output';
import { parseArguments, wantsHelp } from './parse';
import { exitCodeOf, isAbort, personsError } from './report';
import { didYouMean } from '../method/closest';

const interrupted = 130;

/** @returns the exit code */
export async function runCommandLine(words: readonly string[], commands: readonly Command[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === '--version' || first === '-V') {
    process.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    process.stdout.write(overview(commands, packageVersion()));
    return first === undefined ? 2 : 0;
  }
  const name = first === 'help' ? rest[0]! : first;
  const output = new Output(rest.includes('--json'));
  const command = commands.find((candidate) => candidate.name === name || candidate.aliases?.includes(name));
  if (!command) return unknownCommand(name, commands, output);
  if (first === 'help' || wantsHelp(rest)) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  const { signal, dispose } = abortOnSignals(output);
  try {
    const parsed = parseArguments(command, rest);
    return (await command.run(parsed, { output, signal })) ?? 0;
  } catch (error) {
    if (isAbort(error) && signal.aborted) {
      output.error(
        new RunError('interrupted', 'Interrupted', {
          hint: 'Nothing half-written is left behind; run the command again to go on.',
        }),
      );
      return interrupted;
    }
    output.error(personsError(error));
    if (rest.includes('--verbose')) process.stderr.write(`${(error as Error)?.stack ?? error}\n`);
    return exitCodeOf(error);
  } finally {
    dispose();
  }
}

function unknownCommand(name: string, commands: readonly Command[], output: Output): number {
  const hint =
    didYouMean(
      name,
      commands.map((command) => command.name),
    ) || 'See "nnunet --help".';
  const what = name.startsWith('-') ? `"${name}" comes before the command` : `"${name}" is not a command`;
  output.error(new UsageError('unknown-command', what, { hint }));
  return 2;
}

/** The first signal ends the work cleanly; a second one ends the program at once. */
function abortOnSignals(output: Output): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(interrupted);
    output.note('Stopping … (again: stop at once)');
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  return { signal: controller.signal, dispose: () => names.forEach((name) => process.removeListener(name, onSignal)) };
}
