/** What do the tree's rows show of a fold, by what the store knows of its training? */
import type { KnownJob } from '../../jobs/knownJob';
import type { RunStatus } from '../../jobs/status';

export interface FoldState {
  /** undefined: nothing was trained here yet. */
  status: RunStatus | undefined;
  /** Smoothed pseudo Dice per epoch. */
  emaDice: readonly (number | null)[];
  /** Sum of these epochs' durations. */
  seconds: number;
  /** Curve and time are not whole yet. */
  isPartial?: boolean;
  /** Why its files tell nothing. */
  problem?: string;
}

export function foldStateOf(job: KnownJob | undefined): FoldState {
  const { problem, isPartial } = job ?? {};
  return {
    status: problem === undefined ? job?.status : undefined,
    emaDice: job?.training?.diceCurve ?? [],
    seconds: job?.training?.seconds ?? 0,
    ...(isPartial && { isPartial }),
    ...(problem !== undefined && { problem }),
  };
}
