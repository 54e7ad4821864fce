/** Takes jobs off the list that have not begun: those that a scheduler of its own has, there too. */
import { readGraph } from './graphFile';
import { worksNow, type Launchers } from './handedOver';
import { readHandle } from './launchFile';
import { removeWaiting, withJobs } from './waiting';

/**
 * Those that have begun or gone meanwhile are no error.
 * @returns the ids of those that were taken off
 * @throws NnunetError with the scheduler's words where it keeps one: that one stays in the list
 */
export async function takeOff(resultsRoot: string, ids: readonly string[], launchers: Launchers): Promise<string[]> {
  const { waiting, damaged } = withJobs(resultsRoot, readGraph(resultsRoot));
  const idle = waiting.filter(({ job, folder, handedOver }) => !handedOver || !worksNow(job, folder));
  for (const { job, handedOver } of idle) {
    if (!handedOver || !ids.includes(job.id)) continue;
    const handle = readHandle(resultsRoot, job.id);
    if (handle) await launchers[handle.launcher]?.cancel(handle);
  }
  const all = [...idle.map(({ job }) => job.id), ...damaged.map(({ id }) => id)];
  return removeWaiting(
    resultsRoot,
    ids.filter((id) => all.includes(id)),
  );
}
