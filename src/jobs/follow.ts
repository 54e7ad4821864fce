/** Follows a run from any process, by its files: its events as they come, until it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../protocol/events';
import { EventReader, eventsFile } from './events';
import { activeHolder } from '../dataset/foldLock';

const pollMilliseconds = 150;

/**
 * @param from  byte position in events.jsonl to begin at (run.json's eventsOffset for the current start)
 * Ends after the `finished` event, or when the run's process is gone: then the last event is no `finished`.
 */
export async function* followRun(foldFolder: string, from: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  const reader = new EventReader(eventsFile(foldFolder));
  reader.seek(from);
  while (!signal?.aborted) {
    // Looked at before reading: what a run wrote before it let go of the folder is then certainly read.
    const active = activeHolder(foldFolder) !== undefined;
    for (const event of reader.read()) {
      yield event;
      if (event.type !== 'finished') continue;
      await released(foldFolder);
      return;
    }
    if (reader.hasMore) continue;
    if (!active) return;
    await sleep(pollMilliseconds);
  }
}

/** Waits for the run to let go of its folder, so that whoever followed it can start the next one there. */
async function released(foldFolder: string): Promise<void> {
  for (let turn = 0; turn < 50 && activeHolder(foldFolder); turn += 1) await sleep(50);
}
