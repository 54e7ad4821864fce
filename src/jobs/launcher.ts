/** What can start jobs, on this machine or on a cluster? A third way is one more implementation of this. */
import type { AnyJob, LauncherName } from './job';

/** How a launcher names what it has started: a process of this machine, or a cluster's job. Written to the job's launch.json. */
export type LaunchHandle =
  | {
      launcher: 'local';
      host: string;
      pid: number;
      /** Of the process, as `ProcessIdentity` has it. */
      startTime?: string;
      /** Which of several it was given. */
      device?: string;
    }
  | { launcher: 'slurm'; jobId: string; arrayIndex?: number; loginNode?: string };

/** What a launcher knows of a job without reading its log. */
export type Observed =
  | { state: 'pending'; reason: string }
  | { state: 'running'; host?: string }
  | { state: 'ended'; how?: string }
  | { state: 'lost' };

export interface Launcher {
  readonly name: LauncherName;
  /**
   * Starts jobs, in order. A launcher that keeps a queue of its own takes those that wait for others, too, with what they wait for.
   * @param resultsRoot  under which their folders lie
   * @throws NnunetError with the words of whoever refused
   */
  submit(resultsRoot: string, jobs: readonly AnyJob[]): Promise<LaunchHandle[]>;
  cancel(handle: LaunchHandle): Promise<void>;
  /** For several at once: one question to the scheduler. In the same order. */
  observe(handles: readonly LaunchHandle[]): Promise<Observed[]>;
}
