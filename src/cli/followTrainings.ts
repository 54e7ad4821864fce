/** Follows trainings from their place in the list to their end, one after the other, and what evaluates them; or says where they stand. */
import type { Starter } from '../jobs/advance';
import { goesOn } from '../jobs/goesOn';
import type { Job } from '../jobs/job';
import { workFolder } from '../jobs/jobFolder';
import { killJob } from '../jobs/killJob';
import { readHandle } from '../jobs/launchFile';
import { readRecord, runId } from '../jobs/runFolder';
import type { Evaluated } from '../jobs/results';
import type { Submitted } from '../jobs/submit';
import { takeOff } from '../jobs/takeOff';
import { removeWaiting } from '../jobs/waiting';
import { counted } from '../words/counted';
import { NnunetError, RunError } from '../method/errors';
import { waitingText } from '../runs/waitingWords';
import { titleOfJob, waitForTurn } from '../jobs/waitForTurn';
import type { Output } from './output';
import { sayEvaluation } from './sayEvaluation';
import { sayWaiting } from './sayWaiting';
import { followToResult } from './submitAndFollow';
import { TrainingCourse, watchTraining, type TrainingResult } from './watchTraining';

interface TrainingBatch {
  resultsRoot: string;
  jobs: readonly Job<'train'>[];
  /** Each waits for some of them. */
  evaluations: readonly Job<'evaluate'>[];
  starter: Starter;
  /** Names of the classes, in the order of the events' Dice. */
  classNames: readonly string[];
  output: Output;
  signal: AbortSignal;
  /** Of something larger, which says what came of it. */
  isPart?: boolean;
}

/** @returns the exit code */
export async function followTrainings(batch: TrainingBatch): Promise<number> {
  const { resultsRoot, jobs, evaluations, output } = batch;
  const results: TrainingResult[] = [];
  const evaluated: Evaluated[] = [];
  let code = 0;
  let isInterrupted = false;
  const takeOffTheRest = async (): Promise<void> => {
    isInterrupted = true;
    const ids = [...jobs, ...evaluations].map(({ id }) => id);
    const gone = await takeOff(resultsRoot, ids, batch.starter.launchers);
    if (gone.length > 0) output.note(`Taken off the list: ${counted(gone.length, 'job')} that had not begun.`);
  };
  const steps: (() => Promise<unknown>)[] = [
    ...jobs.map((job) => async () => results.push(await followOne(batch, job, takeOffTheRest))),
    ...evaluations.map((job) => async () => evaluated.push(await followEvaluation(batch, job))),
  ];
  for (const step of steps) {
    if (isInterrupted) break;
    try {
      await step();
    } catch (error) {
      if (batch.signal.aborted) {
        await takeOffTheRest();
        throw error;
      }
      // The others go on: they wait in the list, whether this one is followed or not.
      if (!(error instanceof NnunetError) || steps.length === 1) throw error;
      output.error(error);
      code = 1;
    }
  }
  const last = results.at(-1);
  if (last?.result && !batch.isPart) {
    const trainings = jobs.length === 1 ? {} : { trainings: results.map((one) => one.result) };
    output.result({ ...last.result, ...trainings, ...(evaluations.length > 0 && { evaluations: evaluated }) });
  }
  return results.some((one) => one.code !== 0) ? 1 : code;
}

async function followEvaluation(
  { resultsRoot, starter, output, signal }: TrainingBatch,
  job: Job<'evaluate'>,
): Promise<Evaluated> {
  const result = await followToResult(resultsRoot, job, starter, { output, signal });
  output.line(`${job.title}:`);
  await sayEvaluation(result, job.request.datasetJson, output);
  return result;
}

async function followOne(
  { resultsRoot, starter, classNames, output, signal }: TrainingBatch,
  job: Job<'train'>,
  onInterrupt: () => Promise<void>,
): Promise<TrainingResult> {
  const waits = sayWaiting(resultsRoot, job, output);
  const folder = workFolder(resultsRoot, job);
  const course = new TrainingCourse(folder);
  for (;;) {
    await waitForTurn(resultsRoot, job, starter, { waits, signal });
    const record = readRecord(folder);
    if (!record) {
      throw new RunError('run-folder-missing', 'The training has begun, and its folder is gone', {
        where: folder,
        hint: 'Was it deleted? Start the training again.',
      });
    }
    output.note(`Run ${record.id} in ${folder}`);
    const seen = await watchTraining({
      ...{ folder, record, course, classNames, output, onInterrupt },
      goesOn: () => goesOn(resultsRoot, job, starter),
      kill: () => killJob(resultsRoot, folder, starter.launchers),
    });
    if (seen !== 'goes-on') return seen;
  }
}

/** Says which have begun and which wait. @returns the exit code */
export async function tellDetached(
  { resultsRoot, output }: TrainingBatch,
  submitted: readonly Submitted[],
): Promise<number> {
  const failed = submitted.filter(({ state }) => state === 'failed');
  await removeWaiting(
    resultsRoot,
    failed.map(({ job }) => job.id),
  );
  const errors = failed.map(({ failure }) => new NnunetError(failure!.code, failure!.message, failure));
  if (errors.length > 0 && submitted.length === 1) throw errors[0]!;
  for (const error of errors) output.error(error);
  const told = submitted.filter(({ state }) => state !== 'failed').map((one) => tell(resultsRoot, one, output));
  output.result(told.length === 1 ? told[0] : { jobs: told });
  return errors.length > 0 ? 1 : 0;
}

function tell(resultsRoot: string, { job, waiting }: Submitted, output: Output): Record<string, unknown> {
  const folder = workFolder(resultsRoot, job);
  if (waiting) {
    const text = waitingText(waiting, (id) => titleOfJob(resultsRoot, id));
    output.line(`${job.title} ${text}. See "nnunet jobs"; take it off the list with "nnunet remove ${job.id}".`);
    return { folder, id: job.id, state: 'waiting', waiting };
  }
  const id = runId(resultsRoot, folder);
  const handle = readHandle(resultsRoot, job.id);
  output.line(
    `The training has started. Follow it with "nnunet jobs --follow ${id}", end it with "nnunet stop ${id}".`,
  );
  output.note(`Run ${id} in ${folder}`);
  return { folder, id, state: 'started', ...(handle?.launcher === 'local' && { pid: handle.pid }) };
}
