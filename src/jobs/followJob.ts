/** Follows a job from any process, by its files: its events as they come, until it ends. */
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../protocol/events';
import { EventReader, eventsFile } from './events';
import { activeHolder } from '../dataset/foldLock';

const pollMilliseconds = 150;

/**
 * @param folder  that it works in
 * @param from  byte position in events.jsonl to begin at (run.json's eventsOffset for the current start)
 * Ends after the `finished` event, or when the job's process is gone: then the last event is no `finished`.
 */
export function followJob(folder: string, from: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  const reader = new EventReader(eventsFile(folder));
  reader.seek(from);
  return followFrom(reader, folder, signal);
}

/** The same from where a reader stands: it can be followed on after another start of the same job. */
export async function* followFrom(reader: EventReader, folder: string, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  while (!signal?.aborted) {
    // Looked at before reading: what a job wrote before it let go of the folder is then certainly read.
    const active = activeHolder(folder) !== undefined;
    for (const event of reader.read()) {
      yield event;
      if (event.type !== 'finished') continue;
      await released(folder);
      return;
    }
    if (reader.hasMore) {
      // However long the log: whatever else this process does goes on.
      await breathe();
      continue;
    }
    if (!active) return;
    await sleep(pollMilliseconds);
  }
}

/** Waits for the job to let go of its folder, so that whoever followed it can start the next one there. */
async function released(folder: string): Promise<void> {
  for (let turn = 0; turn < 50 && activeHolder(folder); turn += 1) await sleep(50);
}
