import { readPlacedEvents } from '../../../src/jobs/events';
import type { RunEvent } from '../../../src/protocol/events';

/** The whole log of a training at once. */
export function readEvents(foldFolder: string): RunEvent[] {
  return readPlacedEvents(foldFolder).map(({ event }) => event);
}
