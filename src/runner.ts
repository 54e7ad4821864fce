/** One training as a process of its own: `node dist/runner.js REQUEST.json`. Started by `nnunet train` and by VS Code; everything it says is in events.jsonl. */
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorToLine } from './method/errorObject';
import { NnunetError } from './method/errors';
import { Session } from './runner/session';
import { runTraining } from './runner/training';
import { launchRun } from './jobs/launch';
import { startWaiting } from './jobs/queue';
import type { RunRequest } from './jobs/runFolder';

async function main(requestFile: string): Promise<number> {
  const request = JSON.parse(readFileSync(requestFile, 'utf8')) as RunRequest;
  rmSync(requestFile, { force: true });
  const session = await Session.start(request);
  const code = await train(session);
  await startNext(request);
  return code;
}

async function train(session: Session): Promise<number> {
  try {
    const { state, meanDice } = await runTraining(session);
    session.finish(state, meanDice);
    return 0;
  } catch (error) {
    if (session.stop.signal.aborted) {
      session.finish('stopped');
      return 0;
    }
    session.fail(error);
    return 1;
  }
}

/** The device is free: whatever waits for it in the queue begins, whether or not anybody is watching. */
async function startNext({ folders }: RunRequest): Promise<void> {
  try {
    await startWaiting(dirname(folders.results), (request) => launchRun(request, process.argv[1]!));
  } catch (error) {
    // This run is complete; the next program that looks at the queue will try again.
    process.stderr.write(`The queue could not go on: ${(error as Error)?.message ?? error}\n`);
  }
}

main(process.argv[2] ?? '').then(
  (code) => process.exit(code),
  (error: unknown) => {
    const text = error instanceof NnunetError ? error.oneLine : ((error as Error)?.stack ?? String(error));
    process.stderr.write(`error: ${text}\n`);
    // For whoever started this process.
    if (error instanceof NnunetError) process.stderr.write(`${errorToLine(error)}\n`);
    process.exit(1);
  },
);
