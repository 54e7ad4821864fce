/** Tells from a fold folder's files alone how its run is doing: a runner that was killed can't say so itself. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorEvent, RunEvent, StageName } from '../protocol/events';
import { epochsKept } from './epochs';
import { eventsFile, readEvents } from './events';
import { activeHolder } from './lock';

export type RunState = 'running' | 'finished' | 'stopped' | 'failed' | 'interrupted';

/** The events of a run, summed up: what a list or a status line shows. */
export interface RunProgress {
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
  secondsPerEpoch?: number;
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
  }
  const kept = epochsKept(event);
  // A training that is resumed has as many as its checkpoint, whatever was logged.
  if (kept !== undefined) next.epoch = kept || undefined;
  switch (event.type) {
    case 'stage':
      return {
        ...next,
        stage: event.stage,
        stageState: event.state,
        done: event.done,
        total: event.total,
        message: event.message,
      };
    case 'epoch':
      return {
        ...next,
        epoch: event.epoch + 1,
        epochs: event.epochs,
        emaDice: event.emaDice,
        secondsPerEpoch: event.seconds,
      };
    case 'error':
      return { ...next, error: { code: event.code, message: event.message, hint: event.hint, where: event.where } };
    case 'finished':
      return { ...next, finished: event.state, meanDice: event.meanDice ?? next.meanDice };
    default:
      return next;
  }
}

/** @returns undefined when nothing was ever trained in this folder. */
export function runStatus(foldFolder: string): RunStatus | undefined {
  return statusFrom(foldFolder, readEvents(foldFolder).reduce(applyEvent, {} as RunProgress));
}

/** The same for whoever follows the events and has summed them up already. */
export function statusFrom(foldFolder: string, progress: RunProgress): RunStatus | undefined {
  const holder = activeHolder(foldFolder);
  if (holder) return { ...progress, state: 'running', host: holder.host, pid: holder.pid };
  if (progress.finished === 'done') return { ...progress, state: 'finished' };
  if (progress.finished) return { ...progress, state: progress.finished };
  if (existsSync(eventsFile(foldFolder))) return { ...progress, state: 'interrupted' };
  return statusOfForeignRun(foldFolder);
}

/** A fold that nnU-Net itself trained, known by its checkpoints. */
function statusOfForeignRun(foldFolder: string): RunStatus | undefined {
  for (const [name, state] of [
    ['checkpoint_final.pth', 'finished'],
    ['checkpoint_latest.pth', 'interrupted'],
    ['checkpoint_best.pth', 'interrupted'],
  ] as const) {
    const stat = statSync(join(foldFolder, name), { throwIfNoEntry: false });
    if (stat) return { state, updatedAt: stat.mtime.toISOString() };
  }
  return undefined;
}
