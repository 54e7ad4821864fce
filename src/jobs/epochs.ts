/** Tells which epochs a run's log holds when a training was killed and resumed in between: each counts once. */
import type { EpochEvent, RunEvent } from '../protocol/events';
import { readPlacedEvents } from './events';

/**
 * How many of the epochs logged so far still count once `event` is read: an epoch takes the place of itself and of all
 * later ones, a training that goes on from a checkpoint takes back what came after that checkpoint.
 * @returns undefined where the event says nothing about them
 */
export function epochsKept(event: RunEvent): number | undefined {
  if (event.type === 'epoch') return event.epoch;
  if (event.type !== 'stage' || event.stage !== 'train' || event.state !== 'started') return undefined;
  return Number.isInteger(event.done) && event.done! >= 0 ? event.done : undefined;
}

/** The epochs of a fold's log, each once, in order. */
export function readEpochs(foldFolder: string): EpochEvent[] {
  const epochs: EpochEvent[] = [];
  for (const { event } of readPlacedEvents(foldFolder, { iterations: 'none' })) {
    const kept = epochsKept(event);
    while (kept !== undefined && epochs.length > 0 && epochs.at(-1)!.epoch >= kept) epochs.pop();
    if (event.type === 'epoch') epochs.push(event);
  }
  return epochs;
}
