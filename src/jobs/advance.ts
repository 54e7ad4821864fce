/** Starts what can start now. Any process may call it at any time: each job starts exactly once, however many call it. */
import { memoryState } from '../engine/machine';
import { mapConcurrently } from '../storage/mapConcurrently';
import { isAlive, isOnThisHost, ownIdentity, type ProcessIdentity } from '../storage/processes';
import { earlierState } from './earlier';
import type { GraphEntry } from './graphEntry';
import { changeGraph, readGraph } from './graphFile';
import type { AnyJob, LauncherName } from './job';
import { hasStarted, readHandle, writeHandle } from './launchFile';
import type { LaunchHandle, Launcher, Observed } from './launcher';
import { lookAtMachine, type Machine, type MachineOptions } from './machine';
import { runningJobs } from './running';
import { sweepOldJobs } from './sweepOldJobs';
import { decide, type Decision } from './turns';
import { failureOf, removeWaiting, withJobs } from './waiting';

/** What a program can start jobs with; those of other launchers it leaves to others. */
export interface Starter {
  launchers: Partial<Record<LauncherName, Launcher>>;
}

export interface Started {
  job: AnyJob;
  handle: LaunchHandle;
  /** It needs more memory or disk than is free, and nothing runs that it could wait for. */
  isTight?: (Decision & { kind: 'start' })['isTight'];
}

/** Starting takes a moment of waiting each, and hardly any work. */
const startedAtOnce = 4;
/** Of this process: one that it is not starting any more, it has given up. */
const launching = new Set<string>();

/** @throws as `readGraph` and `changeGraph`; what could not be started is in the list with its reason */
export async function advance(resultsRoot: string, starter: Starter, options: MachineOptions = {}): Promise<Started[]> {
  const started: Started[] = [];
  if (readGraph(resultsRoot).length === 0) return started;
  const names = Object.keys(starter.launchers) as LauncherName[];
  const machine = await lookAtMachine(resultsRoot, names, options);
  for (;;) {
    const observed = await observeHandedOver(resultsRoot, starter);
    const look = (): Machine => ({
      ...machine,
      running: runningJobs(resultsRoot),
      memory: (options.memory ?? memoryState)(),
      earlier: (id, all) => earlierState(resultsRoot, id, all, observed),
    });
    // Most looks find nothing to do: these take no lock.
    if (!judge(resultsRoot, readGraph(resultsRoot), look()).isDifferent) break;
    const claimed = await claim(resultsRoot, look);
    if (claimed.length === 0) break;
    started.push(...(await launchAll(resultsRoot, claimed, starter)));
  }
  sweepOldJobs(resultsRoot);
  return started;
}

interface Claim {
  job: AnyJob;
  isTight?: Started['isTight'];
}

interface Judged {
  /** Without those that had begun though whoever started them could not take them off. */
  entries: GraphEntry[];
  claims: Claim[];
  isDifferent: boolean;
}

function judge(resultsRoot: string, before: readonly GraphEntry[], machine: Machine): Judged {
  const current = before.flatMap((entry) => {
    const { starting, ...rest } = entry;
    if (!starting || isBeingStarted(entry.id, starting)) return [entry];
    return hasStarted(resultsRoot, entry.id) ? [] : [rest];
  });
  const { waiting, damaged } = withJobs(resultsRoot, current);
  const decisions = decide(waiting, machine);
  const jobs = new Map(waiting.map(({ job }) => [job.id, job]));
  const claims: Claim[] = [];
  const entries = current.map((entry) => {
    const broken = damaged.find(({ id }) => id === entry.id);
    if (broken && !entry.failure) return { ...entry, failure: broken.failure };
    const decision = decisions.get(entry.id);
    if (decision?.kind === 'fail') return { ...entry, failure: decision.failure };
    if (decision?.kind !== 'start') return entry;
    const { device, isTight } = decision;
    const job = jobs.get(entry.id)!;
    claims.push({ job: { ...job, resources: { ...job.resources, device } } as AnyJob, isTight });
    return { ...entry, starting: { ...ownIdentity(), ...(device !== undefined && { device }) } };
  });
  const isDifferent = entries.length !== before.length || entries.some((entry, at) => entry !== before[at]);
  return { entries, claims, isDifferent };
}

/** Marks those that can start, so that nobody else starts them. */
async function claim(resultsRoot: string, look: () => Machine): Promise<Claim[]> {
  let claims: Claim[] = [];
  try {
    return await changeGraph(resultsRoot, (before) => {
      const judged = judge(resultsRoot, before, look());
      claims = judged.claims;
      for (const { job } of claims) launching.add(job.id);
      return { entries: judged.entries, result: claims };
    });
  } catch (error) {
    for (const { job } of claims) launching.delete(job.id);
    throw error;
  }
}

async function launchAll(resultsRoot: string, claims: readonly Claim[], starter: Starter): Promise<Started[]> {
  const local = claims.filter(({ job }) => job.launcher === 'local').map((one) => [one]);
  // A scheduler is asked once for all.
  const others = claims.filter(({ job }) => job.launcher !== 'local');
  const groups = others.length > 0 ? [others, ...local] : local;
  const started = await mapConcurrently(groups, startedAtOnce, (group) => launch(resultsRoot, group, starter));
  return started.flat();
}

async function launch(resultsRoot: string, group: readonly Claim[], { launchers }: Starter): Promise<Started[]> {
  const [first] = group;
  if (!first) return [];
  const jobs = group.map(({ job }) => job);
  const ids = jobs.map(({ id }) => id);
  try {
    let handles: LaunchHandle[];
    try {
      handles = await launchers[first.job.launcher]!.submit(resultsRoot, jobs);
      if (first.job.launcher !== 'local') ids.forEach((id, at) => writeHandle(resultsRoot, id, handles[at]!));
    } catch (error) {
      return await sortOut(resultsRoot, group, error);
    }
    // Where that fails, whoever looks next takes them off: that they have started is known.
    await removeWaiting(resultsRoot, ids).catch(() => undefined);
    return group.map((one, at) => ({ ...one, handle: handles[at]! }));
  } finally {
    for (const id of ids) launching.delete(id);
  }
}

/** Of several, some may have been started all the same. */
async function sortOut(resultsRoot: string, group: readonly Claim[], error: unknown): Promise<Started[]> {
  const started = group.flatMap((one): Started[] => {
    const handle = readHandle(resultsRoot, one.job.id);
    return handle && handle.launcher !== 'local' ? [{ ...one, handle }] : [];
  });
  const isStarted = new Set(started.map(({ job }) => job.id));
  const failed = new Set(group.map(({ job }) => job.id).filter((id) => !isStarted.has(id)));
  const failure = failureOf(error);
  await changeGraph(resultsRoot, (entries) => ({
    entries: entries.flatMap(({ starting, ...entry }) => {
      if (isStarted.has(entry.id)) return [];
      return failed.has(entry.id) ? [{ ...entry, failure }] : [{ ...entry, ...(starting && { starting }) }];
    }),
    result: undefined,
  }));
  return started;
}

/** What is being started on another machine is that machine's: no clock of another is compared with ours. */
function isBeingStarted(id: string, starting: ProcessIdentity): boolean {
  if (!isOnThisHost(starting)) return true;
  const own = ownIdentity();
  if (starting.pid === own.pid && starting.started === own.started) return launching.has(id);
  return isAlive(starting);
}

/** What a scheduler says of the jobs that others wait for. */
async function observeHandedOver(resultsRoot: string, { launchers }: Starter): Promise<Map<string, Observed>> {
  const observed = new Map<string, Observed>();
  if (!launchers.slurm) return observed;
  const { waiting } = withJobs(resultsRoot, readGraph(resultsRoot));
  const ids = [...new Set(waiting.flatMap(({ job }) => job.after.map(({ id }) => id)))];
  const handed = ids.flatMap((id) => {
    const handle = readHandle(resultsRoot, id);
    return handle?.launcher === 'slurm' ? [{ id, handle }] : [];
  });
  if (handed.length === 0) return observed;
  const states = await launchers.slurm.observe(handed.map(({ handle }) => handle)).catch(() => []);
  states.forEach((state, at) => observed.set(handed[at]!.id, state));
  return observed;
}
