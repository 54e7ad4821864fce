/** What do the events of a job add up to? How it does, and of a training its curve and its time. */
import type { RunEvent } from '../protocol/events';
import { epochsKept } from './epochs';
import { applyEvent, type RunProgress } from './status';

export interface JobSummary {
  progress: RunProgress;
  /** Smoothed pseudo Dice of each epoch. */
  diceCurve: (number | null)[];
  /** Of each epoch; null where the log lacks it. */
  epochSeconds: (number | null)[];
}

export function emptySummary(): JobSummary {
  return { progress: {}, diceCurve: [], epochSeconds: [] };
}

/** Adds one event. A resumed training may repeat epochs that were lost with the latest checkpoint: the later value counts. */
export function addEvent(summary: JobSummary, event: RunEvent): void {
  summary.progress = applyEvent(summary.progress, event);
  const kept = epochsKept(event) ?? Infinity;
  setEpoch(summary.diceCurve, kept, event.type === 'epoch' ? [event.epoch, event.emaDice] : undefined);
  setEpoch(summary.epochSeconds, kept, event.type === 'epoch' ? [event.epoch, event.seconds] : undefined);
}

/** Of all epochs together. */
export function secondsTrained({ epochSeconds }: JobSummary): number {
  return epochSeconds.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function setEpoch(
  values: (number | null)[],
  kept: number,
  now: [epoch: number, value: number | null] | undefined,
): void {
  values.length = Math.min(values.length, kept);
  if (!now) return;
  while (values.length < now[0]) values.push(null);
  values.push(now[1]);
}
