/** What a job can say about itself: the lines of events.jsonl, which are also what the native core prints. Types only. */
import type { ErrorObject } from '../method/errorObject';

export type StageName =
  | 'sample'
  | 'import'
  | 'check'
  | 'fingerprint'
  | 'plan'
  | 'preprocess'
  | 'train'
  | 'validate'
  | 'predict'
  | 'evaluate'
  | 'ensemble'
  | 'postprocess'
  | 'export';

export interface StageEvent {
  type: 'stage';
  time: string;
  stage: StageName;
  state: 'started' | 'progress' | 'done';
  done?: number;
  total?: number;
  message?: string;
  /** Where training begins with a time budget: what is left of it. */
  budgetSeconds?: number;
}

export interface EpochEvent {
  type: 'epoch';
  time: string;
  /** Counted from 0, as nnU-Net does. */
  epoch: number;
  /** Planned length; null while a time budget decides. */
  epochs: number | null;
  trainLoss: number;
  valLoss: number;
  /** Per foreground label or region; null where it is absent in target and prediction. */
  dice: (number | null)[];
  meanDice: number | null;
  emaDice: number | null;
  learningRate: number;
  seconds: number;
  samplesPerSecond: number;
}

/** An epoch that counts no more: the training went on from a checkpoint before it. Everything else is as it was. */
type StaleEpochEvent = Omit<EpochEvent, 'type'> & { type: 'stale' };

export interface IterationEvent {
  type: 'iteration';
  time: string;
  epoch: number;
  iteration: number;
  iterations: number;
  /** null where it was not a number. */
  loss: number | null;
}

/** The run was asked to end early: it finishes what it does, saves, and validates where it is to. */
export interface StoppingEvent {
  type: 'stopping';
  time: string;
  validates: boolean;
  /** It goes on to the end of the epoch that it is at. */
  isAfterEpoch?: boolean;
}

interface CheckpointEvent {
  type: 'checkpoint';
  time: string;
  kind: 'latest' | 'best' | 'final';
  epoch: number;
}

interface WarningEvent {
  type: 'warning';
  time: string;
  code: string;
  message: string;
}

/** A line for people, which is no warning. */
interface NoteEvent {
  type: 'note';
  time: string;
  message: string;
  /** Where a new training begins with the weights of another: which. */
  startingWeights?: StartingWeights;
}

/** What a new training takes of a trained network: all weights, and inputs and outputs by their names. */
export interface StartingWeights {
  checkpoint: string;
  /** How long that was trained; null where it does not say. */
  epoch: number | null;
  outputs: { taken: string[]; fresh: string[] };
  channels: { taken: string[]; averaged: string[] };
}

export interface ErrorEvent extends ErrorObject {
  type: 'error';
  time: string;
}

export type FinishedState = 'done' | 'stopped' | 'failed';

export interface FinishedEvent {
  type: 'finished';
  time: string;
  state: FinishedState;
  /** Mean foreground Dice of the final validation, where there was one. */
  meanDice?: number | null;
}

export type RunEvent =
  | StageEvent
  | EpochEvent
  | StaleEpochEvent
  | IterationEvent
  | StoppingEvent
  | CheckpointEvent
  | WarningEvent
  | NoteEvent
  | ErrorEvent
  | FinishedEvent;

/** Printed by `nnunet-core predict` when a case's labels lie in `output`. Not part of a run's event log. */
export interface PredictionEvent {
  type: 'prediction';
  time: string;
  case: string;
  seconds: number;
  output: string;
}

export type CoreEvent = RunEvent | PredictionEvent;

/** An event before it is given its time. */
export type Untimed<E> = E extends { time: string } ? Omit<E, 'time'> : never;
