/** Takes jobs off the list: those that a scheduler of its own has, there too. */
import { readGraph } from './graphFile';
import type { Launchers } from './handedOver';
import { readHandle } from './launchFile';
import { removeWaiting } from './waiting';

/**
 * Those that have started or gone meanwhile are no error.
 * @returns the ids of those that were taken off
 * @throws NnunetError with the scheduler's words where it keeps one: that one stays in the list
 */
export async function takeOff(resultsRoot: string, ids: readonly string[], launchers: Launchers): Promise<string[]> {
  for (const { id, handedOver } of readGraph(resultsRoot)) {
    if (!handedOver || !ids.includes(id)) continue;
    const handle = readHandle(resultsRoot, id);
    if (handle) await launchers[handle.launcher]?.cancel(handle);
  }
  return removeWaiting(resultsRoot, ids);
}
