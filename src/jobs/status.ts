/** Tells from a fold folder's files alone how its run is doing: a runner that was killed can't say so itself. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorEvent, RunEvent, StageEvent, StageName } from '../protocol/events';
import { epochsKept } from './epochs';
import { requestedStop } from './control';
import { eventsFile } from './events';
import { activeHolder, type LockContent } from '../dataset/foldLock';
import { afterEpoch, afterIteration, budgetOf, type Pace } from './pace';

export type RunState = 'running' | 'finished' | 'stopped' | 'failed' | 'interrupted';

/** The events of a run, summed up: what a list or a status line shows. */
export interface RunProgress extends Pace {
  startedAt?: string;
  updatedAt?: string;
  stage?: StageName;
  stageState?: 'started' | 'progress' | 'done';
  done?: number;
  total?: number;
  message?: string;
  /** Finished epochs. */
  epoch?: number;
  epochs?: number | null;
  emaDice?: number | null;
  /** Of the final validation. */
  meanDice?: number | null;
  /** It was asked to end and has not ended yet. */
  isStopping?: boolean;
  /** It is to end with the epoch that it is at. */
  stopsAfterEpoch?: boolean;
  finished?: 'done' | 'stopped' | 'failed';
  error?: Pick<ErrorEvent, 'code' | 'message' | 'hint' | 'where'>;
}

export interface RunStatus extends RunProgress {
  state: RunState;
  host?: string;
  pid?: number;
}

/** Adds one event to the sum. */
export function applyEvent(progress: RunProgress, event: RunEvent): RunProgress {
  const next: RunProgress = { ...progress, updatedAt: event.time, startedAt: progress.startedAt ?? event.time };
  if (event.type !== 'finished' && progress.finished) {
    // Events after an end: the run was resumed.
    delete next.finished;
    delete next.error;
    delete next.isStopping;
    delete next.stopsAfterEpoch;
  }
  const kept = epochsKept(event);
  // A training that is resumed has as many as its checkpoint, whatever was logged.
  if (kept !== undefined) next.epoch = kept || undefined;
  switch (event.type) {
    case 'stage':
      return applyStage(next, event);
    case 'iteration':
      return { ...next, begun: afterIteration(progress.begun, event) };
    case 'epoch':
      return {
        ...next,
        ...afterEpoch(progress, event),
        begun: undefined,
        epoch: event.epoch + 1,
        epochs: event.epochs,
        emaDice: event.emaDice,
      };
    case 'stopping':
      return event.isAfterEpoch ? { ...next, stopsAfterEpoch: true } : { ...next, isStopping: true };
    case 'error':
      return { ...next, error: { code: event.code, message: event.message, hint: event.hint, where: event.where } };
    case 'finished':
      return { ...next, finished: event.state, meanDice: event.meanDice ?? next.meanDice };
    default:
      return next;
  }
}

function applyStage(progress: RunProgress, event: StageEvent): RunProgress {
  const { stage, state, done, total, message } = event;
  const next = { ...progress, stage, stageState: state, done, total, message };
  if (state !== 'started') return next;
  // Only a validation follows a stop; anything else that begins belongs to a later start.
  if (stage !== 'validate') next.isStopping = undefined;
  next.stopsAfterEpoch = undefined;
  if (stage !== 'train') return next;
  return { ...next, begun: undefined, budget: budgetOf(event), epochs: total ?? next.epochs };
}

/**
 * @param progress  what the folder's log adds up to
 * @param holder  of the folder, for whoever had to look at it before the log
 * @returns undefined when nothing was ever done in this folder
 */
export function statusFrom(
  folder: string,
  progress: RunProgress,
  holder: LockContent | null = activeHolder(folder) ?? null,
): RunStatus | undefined {
  if (holder) {
    const { host, pid } = holder;
    // The request is there before the run has heard it.
    const asked = requestedStop(folder);
    // What an earlier start said at its end tells nothing of one that has not said anything yet.
    const { isStopping, stopsAfterEpoch, ...rest } = progress;
    const hasSpoken = progress.finished === undefined;
    return {
      ...rest,
      ...{ state: 'running', host, pid },
      ...(((hasSpoken && isStopping) || asked === 'now') && { isStopping: true }),
      ...(((hasSpoken && stopsAfterEpoch) || asked === 'after-epoch') && { stopsAfterEpoch: true }),
    };
  }
  if (!progress.updatedAt && !existsSync(eventsFile(folder))) return statusOfForeignRun(folder);
  const state = progress.finished === 'done' ? 'finished' : (progress.finished ?? 'interrupted');
  return { ...progress, state, isStopping: undefined, stopsAfterEpoch: undefined };
}

/** A fold that was trained elsewhere, or by nnU-Net itself, known by its checkpoints, or at least by its logs. */
function statusOfForeignRun(foldFolder: string): RunStatus | undefined {
  for (const [name, state] of [
    ['checkpoint_final', 'finished'],
    ['checkpoint_latest', 'interrupted'],
    ['checkpoint_best', 'interrupted'],
  ] as const) {
    for (const form of ['pth', 'safetensors']) {
      const stat = statSync(join(foldFolder, `${name}.${form}`), { throwIfNoEntry: false });
      if (stat) return { state, updatedAt: stat.mtime.toISOString() };
    }
  }
  const log = latestLog(foldFolder);
  return log && { state: 'interrupted', updatedAt: log.toISOString() };
}

/** When a training was last heard of that has not saved anything yet. */
function latestLog(foldFolder: string): Date | undefined {
  let names: string[];
  try {
    names = readdirSync(foldFolder).filter((name) => /^(training_log.*\.txt|progress\.csv)$/.test(name));
  } catch {
    return undefined; // No folder, or one that can't be read: it tells of nothing.
  }
  const times = names.flatMap((name) => statSync(join(foldFolder, name), { throwIfNoEntry: false })?.mtimeMs ?? []);
  return times.length > 0 ? new Date(Math.max(...times)) : undefined;
}
