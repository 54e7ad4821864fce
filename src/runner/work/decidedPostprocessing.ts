/** What was decided on postprocessing, as it stands in a job's result. */
import type { DecidedPostprocessing } from '../../jobs/results';
import type { DeterminedPostprocessing } from '../../method/postprocessing';
import { finiteOrNull } from '../../method/finiteOrNull';

export function decidedPostprocessing(
  { steps, trials, before, after }: DeterminedPostprocessing,
  file: string,
): DecidedPostprocessing {
  return {
    steps,
    trials: trials.map((trial) => ({
      ...trial,
      before: finiteOrNull(trial.before),
      after: finiteOrNull(trial.after),
    })),
    before: finiteOrNull(before.foreground_mean.Dice),
    after: finiteOrNull(after.foreground_mean.Dice),
    file,
  };
}
