/** Trainings and what comes after all of them: asked for together, followed one after the other. */
import type { AnyJob, Job, JobKind } from '../jobs/job';
import type { JobResults } from '../jobs/results';
import { submitHere } from '../jobs/submitHere';
import { takeOff } from '../jobs/takeOff';
import type { CommandContext } from './command';
import { followTrainings } from './followTrainings';
import { localStarter } from './localStarter';
import type { ParsedArguments } from './parsedArguments';
import { followInOrder, tellAllDetached } from './submitAndFollow';

interface Asked<K extends JobKind> {
  resultsRoot: string;
  trainings: readonly Job<'train'>[];
  /** None is a training; the last is of kind `K`. */
  rest: readonly AnyJob[];
  /** In the order of the events' Dice. */
  classNames: readonly string[];
  parsed: ParsedArguments;
  present(result: JobResults[K]): number | void | Promise<number | void>;
}

/** @returns the exit code */
export async function trainAndFollow<K extends Exclude<JobKind, 'train'>>(
  { resultsRoot, trainings, rest, classNames, parsed, present }: Asked<K>,
  context: CommandContext,
): Promise<number> {
  const starter = localStarter();
  const submitted = await submitHere(resultsRoot, [...trainings, ...rest], starter);
  if (parsed.flag('detach')) return tellAllDetached(resultsRoot, submitted, context);
  if (trainings.length > 0) {
    const batch = { resultsRoot, jobs: trainings, evaluations: [], starter, classNames, ...context, isPart: true };
    const code = await followTrainings(batch).catch(async (error: unknown) => {
      await takeOffRest();
      throw error;
    });
    if (context.signal.aborted) {
      await takeOffRest();
      return code || 1;
    }
  }
  return followInOrder<K>({ resultsRoot, jobs: rest, starter, present }, context);

  async function takeOffRest(): Promise<void> {
    const ids = rest.map(({ id }) => id);
    await takeOff(resultsRoot, ids, starter.launchers);
  }
}
