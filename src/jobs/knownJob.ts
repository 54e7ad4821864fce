/** What does the store know of a job? Types only. */
import type { AnyJob, JobKind } from './job';
import type { RunStatus } from './status';

/** Names a training, as its fold folder does. */
export interface TrainingNames {
  /** DatasetXXX_Name */
  dataset: string;
  trainer: string;
  plans: string;
  configuration: string;
  /** "0", "all" */
  fold: string;
}

interface Training extends TrainingNames {
  /** EMA Dice of each epoch so far. */
  diceCurve: readonly (number | null)[];
  /** Of all epochs together. */
  seconds: number;
}

export interface KnownJob {
  /** Hexadecimal digits: of a training those that its fold folder always has, else the job's. */
  id: string;
  /** Of a training: the job that asked for it, where that is known. */
  jobId?: string;
  kind: JobKind;
  title: string;
  /** Where its log lies: of a training its fold folder. */
  folder: string;
  status: RunStatus;
  /** What was asked for, where that was written down. */
  job?: AnyJob;
  training?: Training;
  /** Only the end of its log was read so far: state and numbers are of now, the curve is not whole. */
  isPartial?: boolean;
  /** Why its files tell nothing. */
  problem?: string;
}

export type KnownTraining = KnownJob & { training: Training };

/** What can't be read, so that jobs may be missing. */
export interface StoreProblem {
  where: string;
  message: string;
}

/** What a job is called, before its log was looked at. */
export type JobDescription = Pick<KnownJob, 'id' | 'jobId' | 'kind' | 'title' | 'folder' | 'job'> & {
  training?: TrainingNames;
};
