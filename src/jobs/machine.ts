/** What does this machine have for jobs just now? Looked at once for each decision about who may start. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { activeHolder } from '../dataset/foldLock';
import { memoryState } from '../engine/machine';
import { machineDevices } from './devices';
import { earlierState, type Earlier } from './earlier';
import type { LauncherName } from './job';
import { MachineTurns } from './machineTurns';
import { runningJobs, type RunningJob } from './running';
import { readWaiting, type WaitingJob } from './waiting';

export interface Machine {
  host: string;
  /** As the engine names them; none where there is no engine. Absent where nobody who waits needs one: to ask takes seconds. */
  devices?: readonly string[];
  /** In any results root. */
  running: readonly RunningJob[];
  memory: ReturnType<typeof memoryState>;
  /** Of the disk that the results are on; absent where nobody can say. */
  diskFreeBytes?: number;
  /** What this program can start jobs with. */
  launchers: readonly LauncherName[];
  /** Whether something works in a folder, here or on another machine. */
  isBusy(folder: string): boolean;
  /** What became of a job that others wait for. @param all  that wait */
  earlier(id: string, all: readonly WaitingJob[]): Earlier;
}

export interface MachineOptions {
  devices?: () => Promise<readonly string[]>;
  memory?: () => ReturnType<typeof memoryState>;
  disk?: (resultsRoot: string) => Promise<number | undefined>;
}

export async function lookAtMachine(
  resultsRoot: string,
  launchers: readonly LauncherName[] = ['local'],
  { devices = machineDevices, memory = memoryState, disk = freeDisk }: MachineOptions = {},
): Promise<Machine> {
  const needsDevice = readWaiting(resultsRoot).some(({ job }) => job.resources.device !== undefined);
  const [named, diskFreeBytes] = await Promise.all([needsDevice ? devices() : undefined, disk(resultsRoot)]);
  return {
    host: hostname(),
    ...(named && { devices: named }),
    running: runningOnMachine(resultsRoot, await MachineTurns.here()),
    memory: memory(),
    diskFreeBytes,
    launchers,
    isBusy: (folder) => activeHolder(folder) !== undefined,
    earlier: (id, all) => earlierState(resultsRoot, id, all),
  };
}

export function runningOnMachine(resultsRoot: string, turns: MachineTurns): RunningJob[] {
  return [...runningJobs(resultsRoot), ...turns.elsewhere(resultsRoot)];
}

async function freeDisk(resultsRoot: string): Promise<number | undefined> {
  for (let folder = resultsRoot; ; folder = dirname(folder)) {
    if (!existsSync(folder) && dirname(folder) !== folder) continue;
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }
}
