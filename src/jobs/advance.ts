/** Starts what can start now. Any process may call it at any time: each job starts exactly once, however many call it. */
import { memoryState } from '../engine/machine';
import { mapConcurrently } from '../storage/mapConcurrently';
import { isAlive, isOnThisHost, ownIdentity, type ProcessIdentity } from '../storage/processes';
import type { GraphEntry } from './graphEntry';
import { changeGraph, readGraph } from './graphFile';
import { afterLook, justHandedOver, observeHandedOver, type Launchers } from './handedOver';
import type { AnyJob, LauncherName } from './job';
import { hasStarted, readHandle, writeHandle } from './launchFile';
import type { LaunchHandle, Observed } from './launcher';
import { lookAtMachine, runningOnMachine, type Machine, type MachineOptions } from './machine';
import { MachineTurns } from './machineTurns';
import { sweepOldJobs } from './sweepOldJobs';
import { decide } from './turns';
import { failureOf, withJobs } from './waiting';

/** What a program can start jobs with; those of other launchers it leaves to others. */
export interface Starter {
  launchers: Launchers;
}

interface Started {
  job: AnyJob;
  handle: LaunchHandle;
}

/** Starting takes a moment of waiting each, and hardly any work. What one program leaves, the next may start. */
const startedAtOnce = 4;
/** Of this process: one that it is not starting any more, it has given up. */
const launching = new Set<string>();

/** @throws as `readGraph` and `changeGraph`; what could not be started is in the list with its reason */
export async function advance(resultsRoot: string, starter: Starter, options: MachineOptions = {}): Promise<Started[]> {
  const started: Started[] = [];
  const turns = await MachineTurns.here();
  if (readGraph(resultsRoot).length === 0) {
    turns.noteWaiting(resultsRoot, false);
    return started;
  }
  const names = Object.keys(starter.launchers) as LauncherName[];
  const machine = await lookAtMachine(resultsRoot, names, options);
  for (;;) {
    const observed = await observeHandedOver(resultsRoot, readGraph(resultsRoot), starter.launchers);
    const look = (): Machine => ({
      ...machine,
      running: runningOnMachine(resultsRoot, turns),
      memory: (options.memory ?? memoryState)(),
    });
    // Most looks find nothing to do: these take no lock.
    if (!judge(resultsRoot, readGraph(resultsRoot), look(), observed).isDifferent) break;
    const claimed = await claim(resultsRoot, look, observed, turns);
    if (claimed.length === 0) break;
    started.push(...(await launchAll(resultsRoot, claimed, starter, turns)));
  }
  turns.noteWaiting(resultsRoot, readGraph(resultsRoot).length > 0);
  sweepOldJobs(resultsRoot);
  return started;
}

interface Judged {
  /** Without those that had begun though whoever started them could not take them off. */
  entries: GraphEntry[];
  claims: AnyJob[];
  isDifferent: boolean;
}

function judge(
  resultsRoot: string,
  before: readonly GraphEntry[],
  machine: Machine,
  observed: ReadonlyMap<string, Observed>,
): Judged {
  const listed = before.flatMap((entry): GraphEntry[] => {
    const { starting, ...rest } = entry;
    if (!starting || isBeingStarted(entry.id, starting)) return [entry];
    if (!hasStarted(resultsRoot, entry.id)) return [rest];
    return isHandedOver(resultsRoot, entry.id) ? [{ ...rest, handedOver: justHandedOver }] : [];
  });
  const current = afterLooks(resultsRoot, listed, observed);
  const { waiting, damaged } = withJobs(resultsRoot, current);
  const decisions = decide(waiting, machine);
  const jobs = new Map(waiting.map(({ job }) => [job.id, job]));
  const claims: AnyJob[] = [];
  const entries = current.map((entry) => {
    const broken = damaged.find(({ id }) => id === entry.id);
    if (broken && !entry.failure) return { ...entry, failure: broken.failure };
    const decision = decisions.get(entry.id);
    if (decision?.kind === 'fail') return { ...entry, failure: decision.failure };
    if (decision?.kind !== 'start') return entry;
    const { device } = decision;
    const job = jobs.get(entry.id)!;
    // A scheduler is asked once for all of its jobs.
    if (job.launcher === 'local' && claims.filter(({ launcher }) => launcher === 'local').length >= startedAtOnce)
      return entry;
    claims.push({ ...job, resources: { ...job.resources, device } } as AnyJob);
    return { ...entry, starting: { ...ownIdentity(), ...(device !== undefined && { device }) } };
  });
  const isDifferent = entries.length !== before.length || entries.some((entry, at) => entry !== before[at]);
  return { entries, claims, isDifferent };
}

/** With what a scheduler says of those that it has, before anything is decided that depends on it. */
function afterLooks(
  resultsRoot: string,
  entries: readonly GraphEntry[],
  observed: ReadonlyMap<string, Observed>,
): readonly GraphEntry[] {
  if (observed.size === 0) return entries;
  const jobs = new Map(withJobs(resultsRoot, entries).waiting.map(({ job }) => [job.id, job]));
  return entries.flatMap((entry) => {
    const job = jobs.get(entry.id);
    return (job ? afterLook(resultsRoot, entry, job, observed.get(entry.id)) : entry) ?? [];
  });
}

/** Marks those that can start, so that nobody else starts them. */
async function claim(
  resultsRoot: string,
  look: () => Machine,
  observed: ReadonlyMap<string, Observed>,
  turns: MachineTurns,
): Promise<AnyJob[]> {
  let claims: AnyJob[] = [];
  // Somebody may be starting jobs of another results root, on the same devices.
  const release = await turns.alone();
  try {
    return await changeGraph(resultsRoot, (before) => {
      const judged = judge(resultsRoot, before, look(), observed);
      claims = judged.claims;
      for (const { id } of claims) launching.add(id);
      turns.take(
        resultsRoot,
        claims.filter(({ launcher }) => launcher === 'local'),
      );
      return { entries: judged.entries, result: claims };
    });
  } catch (error) {
    for (const { id } of claims) launching.delete(id);
    turns.giveBack(claims.map(({ id }) => id));
    throw error;
  } finally {
    release();
  }
}

async function launchAll(
  resultsRoot: string,
  claims: readonly AnyJob[],
  starter: Starter,
  turns: MachineTurns,
): Promise<Started[]> {
  const local = claims.filter(({ launcher }) => launcher === 'local').map((one) => [one]);
  // A scheduler is asked once for all.
  const others = claims.filter(({ launcher }) => launcher !== 'local');
  const groups = others.length > 0 ? [others, ...local] : local;
  const begun = new TakenOn(resultsRoot);
  try {
    const started = await mapConcurrently(groups, startedAtOnce, async (group) => {
      const some = await launch(resultsRoot, group, starter, turns);
      await begun.add(some.map(({ job }) => job.id));
      return some;
    });
    return started.flat();
  } finally {
    for (const { id } of claims) launching.delete(id);
  }
}

async function launch(
  resultsRoot: string,
  jobs: readonly AnyJob[],
  { launchers }: Starter,
  turns: MachineTurns,
): Promise<Started[]> {
  const [first] = jobs;
  if (!first) return [];
  try {
    const handles = await launchers[first.launcher]!.submit(resultsRoot, jobs);
    if (first.launcher !== 'local') jobs.forEach(({ id }, at) => writeHandle(resultsRoot, id, handles[at]!));
    return jobs.map((job, at) => ({ job, handle: handles[at]! }));
  } catch (error) {
    turns.giveBack(jobs.map(({ id }) => id));
    return sortOut(resultsRoot, jobs, error);
  }
}

/** Tells of those that have begun, or that a scheduler has: of those that begin meanwhile at once, since each change has its cost. */
class TakenOn {
  private ids: string[] = [];
  private telling: Promise<void> | undefined;

  constructor(private readonly resultsRoot: string) {}

  /** @returns once that is told. Where it fails, whoever looks next does it: that they have started is known. */
  add(ids: readonly string[]): Promise<void> {
    this.ids.push(...ids);
    this.telling ??= this.tell();
    return this.telling;
  }

  private async tell(): Promise<void> {
    // After the others that begin in the same instant.
    await Promise.resolve();
    while (this.ids.length > 0) await takeOn(this.resultsRoot, this.ids.splice(0)).catch(() => undefined);
    this.telling = undefined;
  }
}

/** They leave the list, or stay in it as the scheduler's. */
async function takeOn(resultsRoot: string, ids: readonly string[]): Promise<void> {
  await changeGraph(resultsRoot, (entries) => ({
    entries: entries.flatMap(({ starting, ...entry }) => {
      if (!ids.includes(entry.id)) return [{ ...entry, ...(starting && { starting }) }];
      return isHandedOver(resultsRoot, entry.id) ? [{ ...entry, handedOver: justHandedOver }] : [];
    }),
    result: undefined,
  }));
}

function isHandedOver(resultsRoot: string, id: string): boolean {
  return readHandle(resultsRoot, id)?.launcher === 'slurm';
}

/** Of several, some may have been started all the same. */
async function sortOut(resultsRoot: string, jobs: readonly AnyJob[], error: unknown): Promise<Started[]> {
  const started = jobs.flatMap((job): Started[] => {
    const handle = readHandle(resultsRoot, job.id);
    return handle && handle.launcher !== 'local' ? [{ job, handle }] : [];
  });
  const isStarted = new Set(started.map(({ job }) => job.id));
  const failed = new Set(jobs.map(({ id }) => id).filter((id) => !isStarted.has(id)));
  const failure = failureOf(error);
  await changeGraph(resultsRoot, (entries) => ({
    entries: entries.flatMap(({ starting, ...entry }) => {
      if (isStarted.has(entry.id)) return [{ ...entry, handedOver: justHandedOver }];
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
