/** One training as a process of its own: `node dist/runner.js REQUEST.json`. Started by `nnunet train` and by VS Code; everything it says is in events.jsonl. */
import { readFileSync, rmSync } from 'node:fs';
import { NnunetError } from './method/errors';
import { Session } from './runner/session';
import { runTraining } from './runner/training';
import type { RunRequest } from './runs/runFolder';

async function main(requestFile: string): Promise<number> {
  const request = JSON.parse(readFileSync(requestFile, 'utf8')) as RunRequest;
  const session = await Session.start(request);
  rmSync(requestFile, { force: true });
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

main(process.argv[2] ?? '').then(
  (code) => process.exit(code),
  (error: unknown) => {
    const text = error instanceof NnunetError ? error.oneLine : ((error as Error)?.stack ?? String(error));
    process.stderr.write(`error: ${text}\n`);
    process.exit(1);
  },
);
