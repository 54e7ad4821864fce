/** With what does the command line start jobs? As processes of this machine. */
import { join } from 'node:path';
import type { LockContent } from '../dataset/foldLock';
import { packageRoot } from '../engine/locate';
import type { Starter } from '../jobs/advance';
import { localLauncher } from '../jobs/local/launch';

/** @param onWait  called where another machine has to give a sign of life first */
export function localStarter(onWait?: (holder: LockContent) => void): Starter {
  return { launchers: { local: localLauncher(join(packageRoot(), 'dist', 'runner.js'), onWait) } };
}
