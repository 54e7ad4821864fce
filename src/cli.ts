#!/usr/bin/env node
/** The command `nnunet`: the whole pipeline without VS Code. */
import { commands } from './cli/commands';
import { runCommandLine } from './cli/main';

// A reader that has seen enough (`nnunet runs | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

runCommandLine(process.argv.slice(2), commands).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`error: ${(error as Error)?.stack ?? error}\n`);
    process.exitCode = 1;
  },
);
