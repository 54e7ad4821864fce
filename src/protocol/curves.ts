/** What the extension and the page of training curves say to each other. Types only. */

/**
 * A training's epochs as columns of equal length; NaN where a value is missing or was not a number.
 * Typed arrays, so that 10,000 epochs travel as memory, not as text.
 */
export interface CurveColumns {
  /** nnU-Net's number of the epoch, counted from 0, ascending. */
  epoch: Float64Array;
  trainLoss: Float64Array;
  valLoss: Float64Array;
  meanDice: Float64Array;
  emaDice: Float64Array;
  learningRate: Float64Array;
  seconds: Float64Array;
  /** Pseudo Dice of each class. */
  dice: Float64Array[];
}

/** The loss of iterations, for a training that has no epochs to draw. */
export interface IterationColumns {
  /** Counted from 1, over all epochs. */
  iteration: Float64Array;
  loss: Float64Array;
}

export type CurveState = 'running' | 'finished' | 'stopped' | 'failed' | 'interrupted' | 'unknown';

/** A remark about a training in plain language. */
export interface CurveNote {
  code:
    | 'not-a-number'
    | 'loss-jump'
    | 'overfitting'
    | 'flat'
    | 'no-foreground'
    | 'class-not-found'
    | 'class-absent'
    | 'slower'
    | 'best-epoch'
    | 'too-short';
  severity: 'error' | 'warning' | 'info';
  text: string;
  /** The epoch (counted from 0) that a click on the note leads to. */
  epoch?: number;
}

/** What a page knows about a training besides its numbers. */
export interface CurveRun {
  /** The fold folder or log file. */
  id: string;
  /** Short name that tells it from the others on the page. */
  name: string;
  /** Everything about it in one line, for the tooltip. */
  detail: string;
  state: CurveState;
  classNames: string[];
  /** Planned number of epochs, where it is known. */
  plannedEpochs: number | null;
  /** Epoch (counted from 0) with the best EMA of the pseudo Dice. */
  bestEpoch: number | null;
  notes: CurveNote[];
  /** Why there is nothing to see, where that is so. */
  problem?: string;
}

export type CurvesToPage =
  /** All runs of the page, in order. Runs that are not named any more are gone. */
  | { type: 'runs'; runs: CurveRun[] }
  /** Rows of one run: those from `start` on are replaced by `columns`. */
  | { type: 'rows'; run: string; start: number; columns: CurveColumns }
  /** All iterations of one run that are drawn; none once its epochs are. */
  | { type: 'iterations'; run: string; columns: IterationColumns }
  /** What a run that is going on does now; '' for one that is not followed. */
  | { type: 'progress'; run: string; text: string }
  | { type: 'reply'; id: number; ok: true; message?: string }
  | { type: 'reply'; id: number; ok: false; message: string };

export type CurvesRequest =
  /** Asks where to, then writes the file. */
  | { type: 'export'; format: 'svg' | 'csv' | 'png'; name: string; content: string | ArrayBuffer }
  /** Asks the person for runs to add. */
  | { type: 'addRuns' }
  | { type: 'removeRun'; run: string }
  | { type: 'showLog'; run: string };

export type CurvesToHost =
  /** The page listens. `runs`: those of its saved state, for a page that VS Code restored. */
  | { type: 'ready'; runs?: string[] }
  /** Every request is answered by a `reply` of the same id. */
  | { type: 'request'; id: number; request: CurvesRequest };
