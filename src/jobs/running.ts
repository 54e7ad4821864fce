/** What runs on this machine below a results root, and what was it given? Whoever started it, with a job or before there were any. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { activeHolder } from '../dataset/foldLock';
import { isOnThisHost } from '../storage/processes';
import type { Resources } from './job';
import { isJobId, jobFolder, jobsFolder, readJob } from './jobFolder';
import { readHandle } from './launchFile';
import { foldFolders } from './list';
import { deviceFor, readRecord, type RunRecord } from './runFolder';

export interface RunningJob {
  folder: string;
  /** Absent for what was started by an earlier version. */
  id?: string;
  /** The device is the one that it was given. */
  resources: Resources;
}

export function runningJobs(resultsRoot: string): RunningJob[] {
  return [...runningTrainings(resultsRoot), ...runningOthers(resultsRoot)];
}

function runningTrainings(resultsRoot: string): RunningJob[] {
  return foldFolders(resultsRoot).flatMap((folder) => {
    if (!runsHere(folder)) return [];
    const record = recordOf(folder);
    const device = record?.options ? deviceFor(record) : 'auto';
    const id = record?.jobId;
    return [{ folder, id, resources: { ...resourcesOf(resultsRoot, id), device } }];
  });
}

function runningOthers(resultsRoot: string): RunningJob[] {
  return jobIds(resultsRoot).flatMap((id) => {
    const folder = jobFolder(resultsRoot, id);
    if (!runsHere(folder)) return [];
    const handle = readHandle(resultsRoot, id);
    const given = handle?.launcher === 'local' ? handle.device : undefined;
    const resources = resourcesOf(resultsRoot, id);
    return [{ folder, id, resources: { ...resources, ...(given !== undefined && { device: given }) } }];
  });
}

/** Of every job whose folder is there. */
export function jobIds(resultsRoot: string): string[] {
  try {
    return fs.readdirSync(jobsFolder(resultsRoot)).filter(isJobId);
  } catch {
    return []; // None yet.
  }
}

/** Whether something on this machine works in a folder. */
export function runsHere(folder: string): boolean {
  // Nearly all have ended: those are told by one look.
  if (!fs.existsSync(join(folder, 'run.lock'))) return false;
  const holder = activeHolder(folder);
  return holder !== undefined && isOnThisHost(holder);
}

function resourcesOf(resultsRoot: string, id: string | undefined): Resources {
  if (id === undefined) return {};
  try {
    return readJob(resultsRoot, id).resources;
  } catch {
    return {}; // Its folder was removed while it runs: what it needs is not known.
  }
}

function recordOf(folder: string): RunRecord | undefined {
  try {
    return readRecord(folder);
  } catch {
    return undefined; // Damaged: what it was started with is not known.
  }
}
