/** What is told of one experiment: the folds of a model that were trained with the same plans and trainer. Types only. */
import type { RunState } from '../../jobs/status';

export interface TrainedFold {
  /** "0", "all" */
  fold: string;
  folder: string;
  state?: RunState;
  /** Finished ones. */
  epochs?: number;
  /** Of all epochs together. */
  seconds: number;
  /** Mean Dice of its validation, as in summary.json. */
  dice?: number;
}

export interface Experiment {
  /** Path below the dataset's results: stays the same. */
  id: string;
  folder: string;
  trainer: string;
  plans: string;
  configuration: string;
  /** When it was set aside by a newer training in its place; ISO 8601 but for its signs, as the folder is called. */
  setAside?: string;
  folds: TrainedFold[];
  /** By which it may differ from others: "optimizer", "batch size", in words. */
  options: Record<string, string>;
  /** Mean over the folds that are validated, each as in its summary.json. */
  meanDice?: number;
  /** Over the folds. */
  deviation?: number;
  seconds: number;
  /** Of training on the processor, an estimate. */
  memoryBytes?: number;
  /** Of training on a GPU, by nnU-Net's estimate. */
  gpuGigabytes?: number;
  /** ISO 8601, of the latest start. */
  started?: string;
}
