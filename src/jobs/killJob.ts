/** Ends a job at once: its processes, where they are on this machine; through the scheduler that has it, wherever they are. */
import { basename, dirname } from 'node:path';
import { activeHolder } from '../dataset/foldLock';
import { killRun } from './control';
import type { Launchers } from './handedOver';
import { jobsFolder } from './jobFolder';
import { readHandle } from './launchFile';
import { readRecord } from './runFolder';
import { removeWaiting } from './waiting';

/**
 * What was trained since the last checkpoint is lost. Nothing is done where nothing works there.
 * @param folder  that the job works in
 * @throws RunError `run-on-other-host`; NnunetError with the scheduler's words
 */
export async function killJob(resultsRoot: string, folder: string, launchers: Launchers): Promise<void> {
  if (!activeHolder(folder)) return;
  const id = dirname(folder) === jobsFolder(resultsRoot) ? basename(folder) : readRecord(folder)?.jobId;
  const handle = id === undefined ? undefined : readHandle(resultsRoot, id);
  const launcher = handle && handle.launcher !== 'local' ? launchers[handle.launcher] : undefined;
  if (!launcher) {
    killRun(folder);
    return;
  }
  await launcher.cancel(handle!);
  // That the scheduler ended it was asked for: it is no failure that somebody has to be told of.
  await removeWaiting(resultsRoot, [id!]);
}
