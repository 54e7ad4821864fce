/** What is a job? Anything that takes longer than a second and leaves something: what was asked, with what it needs and waits for. Types only. */
import type { Roots } from '../dataset/roots';
import type { JobRequests } from './requests';
import type { ClusterSettings } from './slurm/settings';

export type JobKind = keyof JobRequests;

/** What a job needs while it runs; absent where nobody can say. */
export interface Resources {
  /** As the engine names devices: "auto", "cpu", "cuda", "cuda:1"; absent for work that needs none of its own. */
  device?: string;
  cores?: number;
  memoryBytes?: number;
  diskBytes?: number;
  seconds?: number;
}

export interface After {
  /** Of the earlier job. */
  id: string;
  /** What has to be true of it. */
  is: 'done' | 'ended';
}

export type LauncherName = 'local' | 'slurm';

/** Who runs what is asked for, and what a cluster is asked for. */
export interface LaunchChoice {
  launcher: LauncherName;
  cluster?: ClusterSettings;
}

/** The content of job.json; it does not change once the job was submitted. */
export interface Job<K extends JobKind = JobKind> {
  /** Eight hexadecimal digits. */
  id: string;
  kind: K;
  /** "Train Hippocampus 3d_fullres, fold 0": for lists. */
  title: string;
  request: JobRequests[K];
  roots: Roots;
  resources: Resources;
  after: After[];
  launcher: LauncherName;
  /** What the cluster is asked for, where that starts it. */
  cluster?: ClusterSettings;
  createdBy: { host: string; pid: number; window?: string };
  /** ISO 8601. */
  createdAt: string;
}

export type AnyJob = { [K in JobKind]: Job<K> }[JobKind];

/** Why a job that waits has not begun. */
export type Waiting =
  | { for: 'jobs'; ids: string[] }
  | { for: 'device'; device: string; ids: string[] }
  | { for: 'memory' | 'disk'; neededBytes: number; freeBytes: number }
  /** It begins on the machine where it was asked for. */
  | { for: 'host'; host: string }
  /** The cluster's reason, in its own word: "Priority", "Resources", "BeginTime". */
  | { for: 'scheduler'; reason: string }
  | { for: 'turn' };
