/** Marks the logged epochs that a resumed training does not go on from, so that the log itself tells each epoch once. */
import * as fs from 'node:fs';
import { epochsKept } from './epochs';
import { eventsFile, parseEvent } from './events';

/** As long as "epoch": it is written over it, needs no space on a full disk, and moves nothing that somebody reads. */
const [counts, takenBack] = ['"type":"epoch"', '"type":"stale"'];

/**
 * @param kept  epochs from this one on, counted from 0, are taken back; and those that were logged again already
 * @returns how many were
 */
export function takeBackEpochs(foldFolder: string, kept: number): number {
  const file = eventsFile(foldFolder);
  const log = fs.readFileSync(file);
  const current: { epoch: number; at: number }[] = [];
  const old: number[] = [];
  const dropFrom = (first: number): void => {
    while (current.length > 0 && current.at(-1)!.epoch >= first) old.push(current.pop()!.at);
  };
  for (let start = 0, end = log.indexOf(0x0a); end >= 0; start = end + 1, end = log.indexOf(0x0a, start)) {
    const line = log.subarray(start, end);
    const event = parseEvent(line.toString('utf8'));
    const keeps = event && epochsKept(event);
    if (keeps !== undefined) dropFrom(keeps);
    const place = event?.type === 'epoch' ? line.indexOf(counts) : -1;
    if (event?.type === 'epoch' && place >= 0) current.push({ epoch: event.epoch, at: start + place });
  }
  dropFrom(kept);
  if (old.length === 0) return 0;
  const descriptor = fs.openSync(file, 'r+');
  try {
    for (const at of old) fs.writeSync(descriptor, takenBack, at);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  return old.length;
}
