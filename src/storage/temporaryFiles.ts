/** Names the files that are written before they get their final name, and removes those of processes that were killed. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isAliveHere } from './processes';

/** 32 bits of FNV-1a: enough to tell the machines apart that share a disk. As in core/voxels/atomic_file.cpp. */
function markOf(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

export const hostMark = markOf(hostname());

/** A name beside `file` that no other file, process or machine uses: hidden, so that nobody takes it for a finished file. */
export function temporaryPath(file: string): string {
  // Whole characters, and few: the name must not become longer than a name may be.
  const beginning = Buffer.from(basename(file))
    .subarray(0, 40)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return join(dirname(file), `.tmp-${hostMark}-${process.pid}-${randomBytes(6).toString('hex')}-${beginning}`);
}

/** The host's mark, which earlier versions did not write, and the pid. */
const temporaryName = /^\.tmp-(?:([0-9a-f]{8})-)?(\d+)-[0-9a-f]+-/;

interface SweepOptions {
  /** Nobody else may write into this folder now: then files that do not tell their host are of this one, too. */
  isOurs?: boolean;
}

/** Removes the temporary files of this machine's processes that have ended. What can't be removed stays: it does no harm. */
export function sweepTemporaryFiles(folder: string, { isOurs = false }: SweepOptions = {}): void {
  for (const name of namesIn(folder)) {
    const [, mark, pid] = temporaryName.exec(name) ?? [];
    if (pid === undefined || !(mark === hostMark || (mark === undefined && isOurs)) || isAliveHere(Number(pid)))
      continue;
    try {
      fs.unlinkSync(join(folder, name));
    } catch {
      // Another process swept it, or the folder may not be written.
    }
  }
}

const swept = new Set<string>();

/** The same, once for each folder in the life of this process: whoever writes there first cleans up. */
export function sweepOnce(folder: string): void {
  if (swept.has(folder)) return;
  swept.add(folder);
  sweepTemporaryFiles(folder);
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
