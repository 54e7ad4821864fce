/** Marks the logged epochs that a resumed training does not go on from, so that the log itself tells each epoch once. */
import * as fs from 'node:fs';
import { epochsKept } from './epochs';
import { eventsFile, readPlacedEvents } from './events';

/** As long as "epoch": it is written over it, needs no space on a full disk, and moves nothing that somebody reads. */
const [counts, takenBack] = ['"type":"epoch"', '"type":"stale"'];

/**
 * @param kept  epochs from this one on, counted from 0, are taken back; and those that were logged again already
 * @returns how many were
 */
export function takeBackEpochs(foldFolder: string, kept: number): number {
  const current: { epoch: number; at: number }[] = [];
  const old: number[] = [];
  const dropFrom = (first: number): void => {
    while (current.length > 0 && current.at(-1)!.epoch >= first) old.push(current.pop()!.at);
  };
  for (const { event, line, at } of readPlacedEvents(foldFolder, { iterations: 'none' })) {
    const keeps = epochsKept(event);
    if (keeps !== undefined) dropFrom(keeps);
    const place = event.type === 'epoch' ? line.indexOf(counts) : -1;
    if (event.type !== 'epoch' || place < 0) continue;
    current.push({ epoch: event.epoch, at: at + Buffer.byteLength(line.slice(0, place)) });
  }
  dropFrom(kept);
  if (old.length === 0) return 0;
  const descriptor = fs.openSync(eventsFile(foldFolder), 'r+');
  try {
    for (const at of old) fs.writeSync(descriptor, takenBack, at);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  return old.length;
}
