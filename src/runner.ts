/** One job as a process of its own: `node dist/runner.js JOBS_ROOT ID [DEVICE]`. Everything it says is in its events.jsonl. */
import { join } from 'node:path';
import { advance } from './jobs/advance';
import { jobFolder, readJob } from './jobs/jobFolder';
import { localLauncher } from './jobs/local/launch';
import { MachineTurns } from './jobs/machineTurns';
import type { JobResults } from './jobs/results';
import { errorToLine } from './method/errorObject';
import { NnunetError, RunError } from './method/errors';
import { Session } from './runner/session';
import { canBeRequeued, requeue, withPathsOfHere } from './runner/slurmJob';
import { isKnownKind, work } from './runner/work/index';
import { workContext } from './runner/workContext';
import type { FinishedState } from './protocol/events';
import { writeFileAtomicSync } from './storage/atomicFile';

/** Ended in order, with something left to do. */
const notDone = 3;

async function main(resultsRoot: string, id: string, device?: string): Promise<number> {
  const job = withPathsOfHere(readJob(resultsRoot, id));
  if (!isKnownKind(job.kind)) {
    throw new RunError('job-unknown', `This version does not know jobs of the kind "${job.kind as string}"`, {
      where: jobFolder(resultsRoot, id),
      hint: 'It was asked for by a newer version: update this one.',
    });
  }
  const session = await Session.start(resultsRoot, job, device);
  const code = await perform(session);
  await startNext(resultsRoot);
  return code;
}

async function perform(session: Session): Promise<number> {
  try {
    const result = await work(session.job, workContext(session), session);
    const { state = 'done', meanDice } = session.job.kind === 'train' ? (result as JobResults['train']) : {};
    if (state === 'stopped' && session.stop.suspended) return await goOnLater(session);
    writeResult(session, result);
    session.finish(state, meanDice);
    return exitCodeOf(session, state);
  } catch (error) {
    if (session.stop.signal.aborted) {
      if (session.stop.suspended) return goOnLater(session);
      session.finish('stopped');
      return exitCodeOf(session, 'stopped');
    }
    session.fail(error);
    return 1;
  }
}

/** A scheduler lets what waits for a job begin after this only. */
function exitCodeOf({ job }: Session, state: FinishedState): number {
  return state === 'done' || job.launcher === 'local' ? 0 : notDone;
}

/** What it has learned is saved, and the next start of the same job goes on from there. */
async function goOnLater(session: Session): Promise<number> {
  if (session.stop.suspended === 'taken') {
    session.suspend('The cluster ended it, or gives its place to others: saved. It can go on from here.');
    return notDone;
  }
  if (!(await canBeRequeued())) {
    session.warn('not-requeued', 'Its time on the cluster is nearly up, and Slurm does not queue it again: resume it.');
    session.finish('stopped');
    return notDone;
  }
  session.suspend('Its time on the cluster is nearly up: saved. It is queued again, and goes on from here.');
  // Where that goes well, it does not return.
  const problem = await requeue();
  process.stderr.write(`Slurm did not queue it again: ${problem}\n`);
  return notDone;
}

function writeResult(session: Session, result: JobResults[keyof JobResults]): void {
  const { job, resultsRoot } = session;
  try {
    const text = `${JSON.stringify(result, undefined, 2)}\n`;
    writeFileAtomicSync(join(jobFolder(resultsRoot, job.id), 'result.json'), text);
  } catch (error) {
    // A training's result is in its fold folder, too.
    if (job.kind !== 'train') throw error;
    session.warn('result-not-written', `result.json could not be written: ${(error as Error).message}`);
  }
}

/** Its place is free: whatever waits for it begins, in any results root, whether or not anybody is watching. */
async function startNext(resultsRoot: string): Promise<void> {
  const turns = await MachineTurns.here();
  for (const root of new Set([resultsRoot, ...turns.rootsThatWait])) {
    try {
      await advance(root, { launchers: { local: localLauncher(process.argv[1]!) } });
    } catch (error) {
      // This job is complete; the next program that looks at what waits will try again.
      process.stderr.write(`What waits could not go on: ${(error as Error)?.message ?? String(error)}\n`);
    }
  }
}

const [resultsRoot = '', id = '', device] = process.argv.slice(2);
main(resultsRoot, id, device).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const text = error instanceof NnunetError ? error.oneLine : ((error as Error)?.stack ?? String(error));
    process.stderr.write(`error: ${text}\n`);
    // For whoever started this process.
    if (error instanceof NnunetError) process.stderr.write(`${errorToLine(error)}\n`);
    process.exit(1);
  },
);
