/** Was a job started, and as what? jobs/ID/launch.json; whoever makes it first is the one start that there is. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '../storage/atomicFile';
import { createExclusively } from '../storage/exclusiveFile';
import { jobFolder } from './jobFolder';
import type { LaunchHandle } from './launcher';

export function handleFile(resultsRoot: string, id: string): string {
  return join(jobFolder(resultsRoot, id), 'launch.json');
}

/** undefined where it was not started */
export function readHandle(resultsRoot: string, id: string): LaunchHandle | undefined {
  try {
    const handle = JSON.parse(fs.readFileSync(handleFile(resultsRoot, id), 'utf8')) as LaunchHandle | null;
    return handle?.launcher === 'local' || handle?.launcher === 'slurm' ? handle : undefined;
  } catch {
    return undefined; // Absent, or torn by a crash: what it ran as is not known.
  }
}

export function hasStarted(resultsRoot: string, id: string): boolean {
  return fs.existsSync(handleFile(resultsRoot, id));
}

/** @returns false where another start of the same job was first */
export function noteFirstStart(resultsRoot: string, id: string, handle: LaunchHandle): boolean {
  const descriptor = createExclusively(handleFile(resultsRoot, id), `${JSON.stringify(handle)}\n`);
  if (descriptor === undefined) return false;
  fs.closeSync(descriptor);
  return true;
}

/** What a scheduler made of it. */
export function writeHandle(resultsRoot: string, id: string, handle: LaunchHandle): void {
  writeFileAtomicSync(handleFile(resultsRoot, id), `${JSON.stringify(handle)}\n`);
}
