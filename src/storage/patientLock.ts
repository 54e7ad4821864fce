/** Holds a lock for a moment's change: waits as long as others come and go, and for one who holds it for long until he is known to be dead. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NnunetError } from '../method/errors';
import { silentSeconds } from './heartbeats';
import { FileLock, liveHolder } from './lock';
import { isOnThisHost } from './processes';

const patienceMilliseconds = 20_000;
/** Between two looks at who holds it: of many who wait, one looks soon enough. */
const shortestPauseMilliseconds = 15;
const longestPauseMilliseconds = 200;
/** No lock is taken over sooner. */
const doubtMilliseconds = 10_000;

interface HeldLock {
  release(): void;
  /** Whether others may have taken it over meanwhile, and did: a machine that slept was thought dead. */
  isLost(): boolean;
}

interface Problems {
  /** @param who  has held it for too long */
  busy(who: string): NnunetError;
  notWritable(error: unknown): NnunetError;
}

/** @throws what `problems` makes */
export async function patientLock(file: string, problems: Problems): Promise<HeldLock> {
  let holding: string | undefined;
  let since = performance.now();
  for (let pause = shortestPauseMilliseconds; ; pause = Math.min(longestPauseMilliseconds, pause * 1.3)) {
    let holder = liveHolder(file);
    if (!holder) {
      let isLost = false;
      const lock = await acquire(file, problems, () => (isLost = true));
      const heldSince = performance.now();
      const mayBeLost = (): boolean => performance.now() - heldSince > doubtMilliseconds;
      if (lock instanceof FileLock) {
        const look = (): boolean => {
          if (mayBeLost()) lock.beat();
          return isLost;
        };
        return { release: () => lock.release(), isLost: look };
      }
      holder = lock.holder;
    }
    const { token, pid, host } = holder;
    const who = `${host} ${pid} ${token}`;
    if (who !== holding) [holding, since] = [who, performance.now()];
    const patience = patienceMilliseconds + (isOnThisHost(holder) ? 0 : silentSeconds * 1000);
    if (performance.now() - since > patience) throw problems.busy(`process ${pid} on ${host}`);
    await sleep(pause * (0.5 + Math.random()));
  }
}

async function acquire(file: string, problems: Problems, onLost: () => void): ReturnType<typeof FileLock.acquire> {
  try {
    fs.mkdirSync(dirname(file), { recursive: true });
    return await FileLock.acquire(file, { onLost });
  } catch (error) {
    throw error instanceof NnunetError ? error : problems.notWritable(error);
  }
}
