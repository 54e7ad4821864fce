/** Under which folder does a job lie? Under the results it belongs to; where there are none, or only others may write there, under this user's own. */
import { access, constants } from 'node:fs/promises';
import type { Roots } from '../dataset/roots';
import type { LauncherName } from './job';
import { userJobsRoot } from './jobFolder';

/** Of every kind but trainings, which make their results folder. */
export async function jobsRootFor({ results }: Pick<Roots, 'results'>, launcher: LauncherName): Promise<string> {
  // What a cluster works on has to lie where it sees it.
  if (launcher !== 'local') return results;
  try {
    await access(results, constants.W_OK);
    return results;
  } catch {
    return userJobsRoot();
  }
}
