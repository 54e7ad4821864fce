/** With what does the command line start jobs? As processes of this machine, or through Slurm. */
import { join } from 'node:path';
import type { LockContent } from '../dataset/foldLock';
import { packageRoot } from '../engine/locate';
import type { Starter } from '../jobs/advance';
import { localLauncher } from '../jobs/local/launch';
import { slurmLauncher } from '../jobs/slurm/launcher';

/** One, since it remembers what the scheduler said just now. */
const slurm = slurmLauncher();

/** @param onWait  called where another machine has to give a sign of life first */
export function localStarter(onWait?: (holder: LockContent) => void): Starter {
  return { launchers: { local: localLauncher(join(packageRoot(), 'dist', 'runner.js'), onWait), slurm } };
}
