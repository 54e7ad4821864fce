/** Tells whether a process that a file names is still the one that wrote the file. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  host: string;
  /** The system's start time of the process, where it can be read: pids are used again. */
  started?: string;
}

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, host: hostname(), started: startTime(pid) };
}

export function isOnThisHost(identity: ProcessIdentity): boolean {
  return identity.host === hostname();
}

/** True while that very process runs on this host; a zombie counts as ended. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (!isOnThisHost(identity)) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  const started = startTime(identity.pid);
  return started !== undefined && (identity.started === undefined || identity.started === started);
}

/** The same of a process of this host of which only the number is known, and with it whether it may still write. */
export function isAliveHere(pid: number): boolean {
  return isAlive({ pid, host: hostname() });
}

/** Clock ticks since boot at which a process started (Linux); undefined for zombies and elsewhere. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
