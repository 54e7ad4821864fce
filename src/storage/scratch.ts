/** Where do files lie that are needed for a moment, patients' images among them? In folders of this user alone, which a crash does not leave for ever. */
import * as fs from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAliveHere } from './processes';
import { hostMark } from './temporaryFiles';

/** What a folder is for: a part of its name. */
type Purpose = 'volume' | 'files' | 'images' | 'predict' | 'int8' | 'job' | 'write' | 'export';

const scratchName = /^nnunet-[a-z0-9]+-([0-9a-f]{8})-(\d+)-.{6}$/;

/** A new folder that only this user can look into; whoever makes it removes it. Those of processes that were killed go before. */
export async function makeScratch(purpose: Purpose): Promise<string> {
  await sweepScratchOnce();
  return mkdtemp(beginning(purpose));
}

export function makeScratchSync(purpose: Purpose): string {
  return fs.mkdtempSync(beginning(purpose));
}

function beginning(purpose: Purpose): string {
  return join(tmpdir(), `nnunet-${purpose}-${hostMark}-${process.pid}-`);
}

let sweeping: Promise<void> | undefined;

/** Once in the life of this process. */
export function sweepScratchOnce(): Promise<void> {
  return (sweeping ??= sweepScratch(tmpdir()));
}

/** Removes folders of this user's processes that have ended on this machine. What can't be removed stays: it does no harm. */
export async function sweepScratch(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, mark, pid] = scratchName.exec(name) ?? [];
    if (mark !== hostMark || isAliveHere(Number(pid))) continue;
    const folder = join(parent, name);
    const facts = await lstat(folder).catch(() => undefined);
    const isOurs = facts?.isDirectory() === true && (process.platform === 'win32' || facts.uid === process.getuid!());
    if (isOurs) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
