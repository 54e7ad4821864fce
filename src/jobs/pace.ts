/** How fast a training goes and how much of it is left, as far as its events tell. */
import type { EpochEvent, IterationEvent, StageEvent } from '../protocol/events';

/** The epoch that is going on. */
interface BegunEpoch {
  /** Counted from 0. */
  epoch: number;
  /** Iterations done, of `iterations`. */
  done: number;
  iterations: number;
  loss: number | null;
  /** By the iterations since the first that was heard of, which has waited for the first batch. */
  secondsPerIteration?: number;
  heardFirst: { milliseconds: number; done: number };
}

export interface Pace {
  begun?: BegunEpoch;
  /** Of the latest whole epoch. */
  secondsPerEpoch?: number;
  /** What a whole epoch sees: the most that one has seen. */
  samplesPerEpoch?: number;
  /** When a time budget began and when it ends the training, ms since 1970. */
  budget?: { from: number; to: number };
}

/** Validation has a fifth of the iterations, and each takes about a third of the time. */
const validationShare = 1 / 15;
/** Of the samples of a whole epoch; what is missing may be rounding. */
const nearlyWhole = 0.99;

export function afterIteration(before: BegunEpoch | undefined, event: IterationEvent): BegunEpoch {
  const { epoch, iterations, loss } = event;
  const done = event.iteration + 1;
  const milliseconds = Date.parse(event.time);
  const goesOn = before?.epoch === epoch && before.done < done;
  const heardFirst = goesOn ? before.heardFirst : { milliseconds, done };
  const more = done - heardFirst.done;
  const secondsPerIteration = more > 0 ? (milliseconds - heardFirst.milliseconds) / 1000 / more : undefined;
  return { epoch, done, iterations, loss, secondsPerIteration, heardFirst };
}

/** A time budget cuts its last epoch short; that one tells nothing of how long an epoch takes. */
export function afterEpoch({ secondsPerEpoch, samplesPerEpoch = 0, budget }: Pace, event: EpochEvent): Pace {
  const { seconds, samplesPerSecond } = event;
  const samples = (samplesPerSecond || 0) * seconds;
  // Of the first epoch nobody knows how many samples it should have had: one that outlived the budget may have been cut.
  const mayBeCut = budget !== undefined && Date.parse(event.time) >= budget.to && samplesPerEpoch === 0;
  const isWhole = !mayBeCut && samples >= nearlyWhole * samplesPerEpoch;
  return {
    budget,
    secondsPerEpoch: isWhole ? seconds : secondsPerEpoch,
    samplesPerEpoch: mayBeCut ? undefined : Math.max(samplesPerEpoch, samples) || undefined,
  };
}

/** @param event  that training has begun: what it says of a time budget */
export function budgetOf({ time, budgetSeconds }: StageEvent): Pace['budget'] {
  if (budgetSeconds === undefined) return undefined;
  const from = Date.parse(time);
  return { from, to: from + 1000 * budgetSeconds };
}

interface Course extends Pace {
  updatedAt?: string;
  /** Finished epochs, of `epochs`. */
  epoch?: number;
  epochs?: number | null;
  /** It ends with the iteration that it is at. */
  isStopping?: boolean;
  stopsAfterEpoch?: boolean;
}

/** Seconds until the training's last epoch or the end of its time budget, or until it stops; undefined while nothing tells. */
export function secondsLeft(course: Course): number | undefined {
  const { updatedAt, epoch = 0, epochs, budget, begun, isStopping, stopsAfterEpoch } = course;
  if (isStopping) return undefined;
  const ofBudget = budget && updatedAt !== undefined ? (budget.to - Date.parse(updatedAt)) / 1000 : undefined;
  if (budget && !stopsAfterEpoch) return ofBudget === undefined ? undefined : Math.max(0, ofBudget);
  const perEpoch = epochSeconds(course);
  const last = stopsAfterEpoch ? Math.min(epoch + 1, epochs || Infinity) : epochs;
  if (!last || perEpoch === undefined) return undefined;
  return Math.max(0, Math.min((last - epoch - partOf(begun)) * perEpoch, ofBudget ?? Infinity));
}

function epochSeconds({ secondsPerEpoch, begun }: Pace): number | undefined {
  const measured = begun?.secondsPerIteration;
  const estimated = measured === undefined ? undefined : measured * begun!.iterations * (1 + validationShare);
  return secondsPerEpoch ?? estimated;
}

/** How much of the training is done, 0 to 1; undefined where its length is not known. */
export function shareTrained({ updatedAt, epoch = 0, epochs, begun, budget }: Course): number | undefined {
  if (budget && updatedAt !== undefined) {
    return Math.min(1, Math.max(0, (Date.parse(updatedAt) - budget.from) / (budget.to - budget.from)));
  }
  return epochs ? Math.min(1, (epoch + partOf(begun)) / epochs) : undefined;
}

function partOf(begun: BegunEpoch | undefined): number {
  return begun ? begun.done / begun.iterations : 0;
}
